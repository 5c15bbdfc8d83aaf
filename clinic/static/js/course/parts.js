// What the parts of this page share.
import { language, number, t } from "../i18n.js";
import { element } from "../dom.js";
import { say } from "../say.js";

export const STAGES = ["no_signal", "first_twitch", "found", "isolated", "held", "graded", "ready"];
export const PHASES = [1, 2, 3, 4, 5, 6];

export const day = (text) => new Intl.DateTimeFormat(language(), { dateStyle: "medium" }).format(new Date(text.length === 10 ? `${text}T12:00` : text));
export const moment = (text) => new Intl.DateTimeFormat(language(), { dateStyle: "medium", timeStyle: "short" }).format(new Date(text));
export const orNothing = (value, digits = 1, unit = "") => (value === null || value === undefined ? "–" : `${number(value, digits)}${unit}`);

export function today() {
  const now = new Date();
  return `${now.getFullYear()}-${String(now.getMonth() + 1).padStart(2, "0")}-${String(now.getDate()).padStart(2, "0")}`;
}

export function field(id, label, input) {
  input.id = id;
  return element("div", {}, element("label", { for: id }, label), input);
}

export function select(values, chosen, word) {
  return element("select", {}, ...values.map((value) => element("option", { value, selected: String(value) === String(chosen) }, word(value))));
}

// Tries what asks the clinic; what is refused is said.
export async function tried(work) {
  try {
    return await work();
  } catch (error) {
    say(error.message);
    return null;
  }
}

// A button that works once at a time.
export function button(text, work, options = {}) {
  const made = element("button", { type: "button", ...options }, text);
  made.addEventListener("click", async () => {
    made.disabled = true;
    try { await work(); } finally { made.disabled = false; }
  });
  return made;
}

export function stageSteps(stage) {
  const reached = STAGES.indexOf(stage);
  return element("ol", { class: "course-steps", "aria-hidden": "true" },
    ...STAGES.slice(1).map((_, index) => element("li", { class: index < reached ? "done" : null })));
}

// The device's unit as people write it.
export const unitWord = (unit) => (unit === "uV" ? "µV" : unit || t("course.units"));

export const stageWord = (stage) => t(`course.stage.${stage}`);
