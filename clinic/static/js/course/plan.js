// What a clinician sets: surgery, transfers, phase, goal, criteria. Two people cannot overwrite each other.
import { get, put } from "../api.js";
import { element } from "../dom.js";
import { t, words } from "../i18n.js";
import { moment, field, PHASES, select, tried } from "./parts.js";

const CRITERIA = {
  twitch_share: [0, 1, 0.05], twitch_own_share: [0, 1, 0.01], found_share: [0, 1, 0.05], found_db: [0, 40, 0.5], found_spread_s: [0.05, 5, 0.05],
  isolated_share: [0, 1, 0.05], held_share: [0, 1, 0.05], graded_tau: [0, 1, 0.05], graded_days: [1, 365, 1], ready_days: [1, 30, 1],
};

export function planEditor(course, board, path, draw) {
  const plan = course.plan;
  const surgery = element("input", { type: "date", value: plan.surgery ?? "" });
  const phase = select(["", ...PHASES], plan.phase ?? "", (value) => (value === "" ? t("course.phase_none") : t(`course.phase.${value}`)));
  const goal = element("input", { type: "number", min: 0, max: 2000, step: 5, value: plan.weekly_goal_min });
  const rows = element("div");
  const transfers = [];
  let count = 0;

  function addRow(transfer) {
    count += 1;
    const id = `course-transfer-${count}`;
    const known = [...new Set([...Object.keys(course.motions), transfer.motion].filter(Boolean))];
    const inputs = {
      nerve: element("input", { value: transfer.nerve ?? "", maxlength: 64, required: true }),
      muscle: element("input", { value: transfer.muscle ?? "", maxlength: 64, required: true }),
      motion: select(known, transfer.motion ?? "", words),
      joint: element("input", { value: transfer.joint ?? "", maxlength: 32, required: true, pattern: "[a-z][a-z0-9_]*" }),
      channel: element("input", { type: "number", min: 1, max: 1024, value: transfer.channel ?? "" }),
      reinnervated: element("input", { type: "checkbox", checked: transfer.reinnervated ?? true }),
    };
    inputs.motion.addEventListener("change", () => { inputs.joint.value = course.motions[inputs.motion.value] ?? inputs.joint.value; });
    if (!inputs.joint.value) inputs.joint.value = course.motions[inputs.motion.value] ?? "";
    const row = element("div", { class: "course-transfer", role: "group", "aria-label": t("course.transfer", { number: count }) },
      ...Object.entries(inputs).map(([name, input]) => field(`${id}-${name}`, t(`course.transfer_of.${name}`), input)));
    const entry = { inputs, row };
    row.append(element("button", { type: "button", onclick: () => {
      transfers.splice(transfers.indexOf(entry), 1);
      row.remove();
    } }, t("course.transfer_remove")));
    transfers.push(entry);
    rows.append(row);
  }

  for (const transfer of plan.transfers) addRow(transfer);
  const criteria = Object.fromEntries(Object.entries(CRITERIA).map(([name, [min, max, step]]) =>
    [name, element("input", { type: "number", min, max, step, value: plan.criteria[name], required: true })]));

  const fromSites = element("button", { type: "button", onclick: async () => {
    const sites = await tried(() => get(`/sites/of/${board.wearer_id}`));
    for (const site of sites?.sites ?? []) {
      if (site.function && !transfers.some(({ inputs }) => inputs.motion.value === site.function)) {
        addRow({ nerve: site.nerve, muscle: site.muscle, motion: site.function, channel: site.channel });
      }
    }
  } }, t("course.from_sites"));

  const form = element("form", { class: "course-form" },
    element("div", { class: "course-fields" },
      field("course-surgery", t("course.surgery"), surgery), field("course-phase", t("course.phase_label"), phase), field("course-goal", t("course.goal"), goal)),
    suggestion(course),
    element("fieldset", {}, element("legend", {}, t("course.transfers")), rows,
      element("div", { class: "row" }, element("button", { type: "button", onclick: () => addRow({}) }, t("course.transfer_add")), fromSites)),
    element("details", {}, element("summary", {}, t("course.criteria")), element("p", { class: "quiet" }, t("course.criteria_ours")),
      element("div", { class: "course-fields" }, ...Object.entries(criteria).map(([name, input]) => field(`course-${name}`, t(`course.criterion.${name}`), input)))),
    element("p", { class: "row" }, element("button", { class: "main" }, t("course.save")),
      course.version ? element("span", { class: "quiet" }, t("course.saved_by", { version: course.version, author: course.author, at: moment(course.at) })) : ""));
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const changed = {
      surgery: surgery.value || null,
      phase: phase.value === "" ? null : Number(phase.value),
      weekly_goal_min: Number(goal.value || 0),
      criteria: Object.fromEntries(Object.entries(criteria).map(([name, input]) => [name, Number(input.value)])),
      transfers: transfers.map(({ inputs }) => ({
        nerve: inputs.nerve.value.trim(), muscle: inputs.muscle.value.trim(), motion: inputs.motion.value, joint: inputs.joint.value.trim(),
        channel: inputs.channel.value === "" ? null : Number(inputs.channel.value), reinnervated: inputs.reinnervated.checked,
      })),
    };
    const kept = await tried(() => put(path, { version: course.version, plan: changed }));
    if (kept) await draw(kept);
  });
  return element("section", { class: "card" }, element("details", { open: course.version === 0 },
    element("summary", {}, element("h2", {}, t("course.plan"))), form));
}

export function suggestion(course) {
  if (!course.suggested_phase || course.suggested_phase === (course.plan?.phase ?? course.phase)) return "";
  return element("p", { class: "quiet" }, t("course.suggested", { phase: t(`course.phase.${course.suggested_phase}`), why: t(`course.because.${course.suggested_because}`) }));
}
