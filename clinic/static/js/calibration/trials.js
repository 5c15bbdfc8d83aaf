// Trials with what the controller says of each; with buttons where they can be done again or left out.
import { element } from "../dom.js";
import { number, t } from "../i18n.js";
import { remark, sentence, trialName } from "./names.js";
import { ask } from "./standing.js";

const TONE = { good: "good", usable: "warn", redo: "bad" };

export function verdict(trial) {
  return element("span", { class: TONE[trial.verdict] ?? "" }, t(`calibrate.verdict.${trial.verdict}`));
}

export function trialTable(trials, may_change) {
  const rows = trials.map((trial) => element("tr", { "data-trial": trial.trial },
    element("th", { scope: "row" }, trialName(trial)),
    element("td", {}, verdict(trial)),
    element("td", {}, remark(trial)),
    element("td", { class: "number" }, trial.onset_s === null ? "" : `${number(trial.onset_s, 2)} s`),
    element("td", { class: "number" }, `${number(Math.round(trial.signal_to_noise_db) || 0, 0)} dB`),
    may_change ? element("td", { class: "row" },
      element("button", { type: "button", onclick: () => ask("redo", { trials: [trial.trial] }),
        "aria-label": t("calibrate.again_named", { trial: trialName(trial) }) }, t("calibrate.again")),
      element("button", { type: "button", onclick: () => ask("delete", { trials: [trial.trial] }),
        "aria-label": t("calibrate.leave_out_named", { trial: trialName(trial) }) }, t("calibrate.leave_out"))) : null));
  const heads = ["trial_head", "verdict_head", "sentence_head", "onset_head", "noise_head"];
  return element("div", { class: "scrolls", tabindex: 0, role: "region", "aria-label": t("calibrate.trials") },
    element("table", { class: "trials" },
      element("thead", {}, element("tr", {}, ...heads.map((key) => element("th", { scope: "col" }, t(`calibrate.${key}`))),
        may_change ? element("td", {}) : null)),
      element("tbody", {}, ...rows)));
}

// Newest first, short: for the time in which the next trial is already asked for.
export function trialLines(trials) {
  return element("ol", { class: "lines" }, ...[...trials].reverse().map((trial) =>
    element("li", { "data-trial": trial.trial, class: TONE[trial.verdict] ?? "" }, sentence(trial))));
}
