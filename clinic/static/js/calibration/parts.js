// Parts of the calibration page: a card under a heading, and the form that begins a session.
import { element } from "../dom.js";
import { number, t } from "../i18n.js";
import { positionName } from "./names.js";

export function section(name, ...children) {
  return element("section", { class: "card", "aria-labelledby": `h-${name}` },
    element("h2", { id: `h-${name}` }, t(`calibrate.section.${name}`)), ...children);
}

const field = (id, label, input) => element("p", { class: "field" }, element("label", { for: id }, label), input);
const numeric = (id, value, min, max, step) => element("input", { id, type: "number", value, min, max, step, required: true });

// Position needs time to be taken; see the controller's prompts.
const TAKE_POSITION_S = 3;

export function startForm(plan, ask) {
  const mode = (value, checked) => element("label", { class: "choice" },
    element("input", { type: "radio", name: "mode", value, checked, onchange: modeChanged }), t(`calibrate.mode.${value}`));
  const trials = numeric("trials", 1, 1, 20, 1);
  const hold = numeric("hold", 3, 0.5, 30, 0.1);
  const rest = numeric("rest", 2, 0.5, 30, 0.1);
  const positions = plan.positions.map((name) => element("input", { type: "checkbox", id: `position-${name}`, value: name }));
  const ramp = element("input", { type: "checkbox", id: "ramp" });
  const whole = element("p", { id: "calibrate-whole", class: "quiet" });
  const moves = element("p", { id: "calibrate-moves" }, t("calibrate.switch_off"));
  const go = element("button", { id: "calibrate-start", class: "main" }, t("calibrate.do.start"));
  const form = element("form", { class: "card", id: "calibrate-form", oninput: count, onsubmit: (event) => { event.preventDefault(); start(); } },
    element("h2", {}, t("calibrate.section.start")),
    element("fieldset", {}, element("legend", {}, t("calibrate.mode_legend")), mode("add", true), mode("start", false)),
    element("div", { class: "fields" },
      field("trials", t("calibrate.trials_each"), trials), field("hold", t("calibrate.hold"), hold), field("rest", t("calibrate.rest"), rest)),
    element("fieldset", {}, element("legend", {}, t("calibrate.positions")),
      ...positions.map((box) => element("label", { class: "choice", for: box.id }, box, positionName(box.value)))),
    element("label", { class: "choice", for: "ramp" }, ramp, t("calibrate.ramp")),
    whole, moves, element("p", {}, go));

  function modeChanged(event) {
    trials.value = event.target.value === "start" ? 3 : 1;
    count();
  }

  const chosen = () => positions.filter((box) => box.checked).map((box) => box.value);

  function count() {
    const places = Math.max(chosen().length, 1);
    const each_s = Number(hold.value) + Number(rest.value);
    const whole_s = places * Number(trials.value) * plan.motions.length * each_s + Number(rest.value) + chosen().length * TAKE_POSITION_S;
    whole.textContent = t("calibrate.whole", { count: places * Number(trials.value) * plan.motions.length, seconds: number(whole_s, 0) });
  }

  function start() {
    if (!form.reportValidity()) return;
    ask(new FormData(form).get("mode"), {
      trials_per_motion: Number(trials.value), hold_s: Number(hold.value), rest_s: Number(rest.value),
      positions: chosen(), ramp: ramp.checked,
    });
  }

  count();
  return { root: form, allow: (still) => { go.disabled = !still; moves.hidden = still; } };
}
