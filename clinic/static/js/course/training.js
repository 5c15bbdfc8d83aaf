// What to practise in the phase that the clinician has set, and what was practised.
import { get, newRequest, post } from "../api.js";
import { element } from "../dom.js";
import { t, words } from "../i18n.js";
import { day, field, select, today, tried } from "./parts.js";
import { suggestion } from "./plan.js";

export async function showTraining(place, board) {
  const path = `/wearers/${board.wearer_id}/training`;
  const shown = element("div");
  place.append(shown);

  function draw(plan) {
    shown.replaceChildren(phaseCard(plan, board), weekCard(plan), logCard(plan, path, draw), doneCard(plan));
  }

  const plan = await tried(() => get(path));
  if (plan) draw(plan);
}

function phaseCard(plan, board) {
  return element("section", { class: "card", "aria-labelledby": "course-phase-now" },
    element("h2", { id: "course-phase-now" }, plan.phase ? t("course.phase_now", { phase: t(`course.phase.${plan.phase}`) }) : t("course.phase_none")),
    board.is_clinician ? suggestion(plan) : "",
    plan.phase ? element("p", {}, t(`course.phase_about.${plan.phase}`)) : element("p", {}, t("course.phase_unset")),
    element("ul", { class: "course-list" }, ...plan.exercises.map((exercise) => element("li", {},
      element("strong", {}, t(`course.exercise.${exercise.key}`), exercise.motion ? ` · ${exercise.nerve}: ${words(exercise.motion)}` : ""),
      element("p", {}, t(`course.exercise_about.${exercise.key}`))))),
    element("p", { class: "quiet" }, t("course.training_source")));
}

function weekCard(plan) {
  const share = plan.goal_min ? Math.min(1, plan.week_min / plan.goal_min) : 0;
  const fill = element("div");
  fill.style.width = `${100 * share}%`;
  return element("section", { class: "card", "aria-labelledby": "course-week" },
    element("h2", { id: "course-week" }, t("course.week")),
    element("p", {}, plan.goal_min ? t("course.week_of", { done: plan.week_min, goal: plan.goal_min, monday: day(plan.monday) })
      : t("course.week_without", { done: plan.week_min, monday: day(plan.monday) })),
    plan.goal_min ? element("div", { class: "course-goal", role: "img", "aria-label": t("course.week_share", { percent: Math.round(100 * share) }) }, fill) : "");
}

function logCard(plan, path, draw) {
  const inputs = {
    day: element("input", { type: "date", value: today(), max: today(), required: true }),
    exercise: select([...new Set([...plan.exercises.map((one) => one.key), "other"])], "", (key) => t(`course.exercise.${key}`)),
    minutes: element("input", { type: "number", min: 1, max: 600, value: 10, required: true, inputmode: "numeric" }),
    soreness: element("input", { type: "number", min: 0, max: 10, inputmode: "numeric" }),
    fatigue: element("input", { type: "number", min: 0, max: 10, inputmode: "numeric" }),
    note: element("input", { maxlength: 1000 }),
  };
  let request = newRequest();
  const form = element("form", { class: "course-form" },
    element("div", { class: "course-fields" }, ...Object.entries(inputs).map(([name, input]) => field(`course-log-${name}`, t(`course.log.${name}`), input))),
    element("p", {}, element("button", { class: "main" }, t("course.log_keep"))));
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const whole = (input) => (input.value === "" ? null : Number(input.value));
    const plan_now = await tried(() => post(path, {
      request, day: inputs.day.value, exercise: inputs.exercise.value, minutes: Number(inputs.minutes.value),
      soreness: whole(inputs.soreness), fatigue: whole(inputs.fatigue), note: inputs.note.value,
    }));
    if (plan_now) {
      request = newRequest();
      draw(plan_now);
    }
  });
  return element("section", { class: "card", "aria-labelledby": "course-log" }, element("h2", { id: "course-log" }, t("course.log_title")), form);
}

function doneCard(plan) {
  return element("section", { class: "card", "aria-labelledby": "course-done" },
    element("h2", { id: "course-done" }, t("course.done")),
    plan.sessions.length ? element("ul", { class: "course-list" }, ...plan.sessions.map((one) => element("li", {},
      element("strong", {}, day(one.day)), " · ", t(`course.exercise.${one.exercise}`), " · ", t("course.minutes", { minutes: one.minutes }),
      one.soreness === null ? "" : ` · ${t("course.log.soreness")}: ${one.soreness}`, one.fatigue === null ? "" : ` · ${t("course.log.fatigue")}: ${one.fatigue}`,
      one.note ? element("p", {}, one.note) : "", element("span", { class: "quiet" }, ` · ${one.author}`)))) : element("p", { class: "quiet" }, t("course.done_none")));
}
