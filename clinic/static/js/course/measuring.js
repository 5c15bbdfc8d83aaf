// Measure one site: the clinic takes the levels, this shows what to do now and how strong it is.
import { get, newRequest, post, remove } from "../api.js";
import { element } from "../dom.js";
import { drawing } from "../drawing.js";
import { number, t, words } from "../i18n.js";
import { say } from "../say.js";
import { button, tried } from "./parts.js";

const ASK_AGAIN_MS = 400;

export function measureButtons(transfer, board, path, again, endings) {
  const place = element("div");
  if (!board.wears_now) return element("p", { class: "quiet" }, t("course.measure_needs_wearer"));
  if (!transfer.channel) return element("p", { class: "quiet" }, t("course.measure_needs_channel"));
  const choices = element("div", { class: "row" }, ...["steady", "graded"].map((kind) =>
    button(t(`course.measure.${kind}`), async () => {
      const begun = await tried(() => post(`${path}/measuring`, { motion: transfer.motion, kind, request: newRequest() }));
      if (begun) await run(place, begun, transfer, board, path, again, endings);
    })));
  return element("div", {}, choices, element("p", { class: "quiet" }, t("course.measure_about")), place);
}

async function run(place, begun, transfer, board, path, again, endings) {
  const began_ms = performance.now() - 1000 * begun.elapsed_s;
  const doing = element("p", { class: "course-do", role: "status" });
  const left = element("p", {});
  const fill = element("div");
  const level = element("p", { class: "quiet" });
  const stop = button(t("course.measure_stop"), () => tried(() => remove(`${path}/measuring`)));
  place.replaceChildren(doing, left, element("div", { class: "course-level", "aria-hidden": "true" }, fill), level, stop);
  place.scrollIntoView({ block: "nearest" });
  stop.focus();
  let highest = 10;
  let now_level = null;
  const paint = drawing(() => {
    const since_s = (performance.now() - began_ms) / 1000;
    const index = begun.steps.findIndex((step) => since_s < step.end_s);
    const step = begun.steps[index];
    if (!step) {
      told(t("course.measure_done"));
      left.textContent = "";
      return;
    }
    const strength = step.asked === null ? "" : t(`course.effort.${step.asked}`);
    told(step.rests ? t("course.do_rest") : t("course.do_effort", { motion: words(transfer.motion), strength }));
    left.textContent = t("course.do_left", { seconds: number(Math.ceil(step.end_s - since_s), 0), number: Math.floor(index / 2) + 1, of: begun.steps.length / 2 });
    if (now_level !== null) {
      highest = Math.max(highest, now_level);
      fill.style.width = `${Math.min(100, (100 * now_level) / highest)}%`;
      level.textContent = t("course.level_now", { level: number(now_level, 1) });
    }
  });
  function told(text) { if (doing.textContent !== text) doing.textContent = text; }

  const end_live = board.live.on("signal", (signal) => {
    now_level = signal.level[transfer.channel - 1] ?? null;
    paint.ask();
  });
  const ticking = setInterval(paint.ask, 200);
  let over = false;
  const end = () => {
    over = true;
    end_live();
    clearInterval(ticking);
    paint.end();
  };
  endings.push(end);
  paint.ask();
  while (!over) {
    await new Promise((done) => { setTimeout(done, ASK_AGAIN_MS); });
    let standing = null;
    try {
      standing = await get(`${path}/measuring`);
    } catch (error) {
      say(error.message);
    }
    if (standing !== null && standing.request !== begun.request && !over) {
      end();
      place.replaceChildren();
      if (standing.ended === begun.request && standing.why) say(standing.why);
      else await again();
    }
  }
}
