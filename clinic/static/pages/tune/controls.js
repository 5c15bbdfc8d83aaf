// A slider and a number for each value that may be changed, with what it is today, and the wearer's limits.
import { element } from "../../js/dom.js";
import { number, t, words } from "../../js/i18n.js";
import { OF_ALL, OF_JOINTS, OF_MOTIONS } from "./draft.js";

// Shown value = value × scale. `to`: where the slider ends; the number goes to the end of the range.
const SHOWN = {
  gain: { scale: 1, step: 0.05, unit: "×", to: 3 },
  class_gain: { scale: 1, step: 0.05, unit: "×", to: 3 },
  speed_limit: { scale: 100, step: 1, unit: "%" },
  rejection: { scale: 100, step: 1, unit: "%" },
  rejection_threshold: { scale: 100, step: 1, unit: "%" },
  ramp_ms: { scale: 1, step: 10, unit: "ms", to: 1000 },
  dead_band: { scale: 100, step: 1, unit: "%" },
  vote: { scale: 1, step: 2, unit: "" },
};
const WEARERS = ["gain", "rejection_threshold", "ramp_ms"];
const round = (value) => Math.round(value * 1e6) / 1e6;

export const kindOf = (key) => key.split(".")[0];
export const shownValue = (key, value) => (value === null || value === undefined ? "–"
  : `${number(value * SHOWN[kindOf(key)].scale, 2)} ${SHOWN[kindOf(key)].unit}`.trim());
export const ofWhom = (key) => (key.includes(".") ? words(key.slice(key.indexOf(".") + 1)) : "");
export const label = (key, plain = false) => t(`tune.${plain ? "plain" : "value"}.${kindOf(key)}`, { of: ofWhom(key) });

export function controls(draft, person, changed) {
  const plain = person.role === "wearer";
  const root = element("div", { class: "tune-controls" });
  let rows = new Map();
  let shape = "";

  function keys() {
    const { joints, motions, ranges, state } = draft.told;
    const found = [
      ["joints", joints.flatMap((joint) => OF_JOINTS.map((name) => `${name}.${joint}`))],
      ["motions", motions.flatMap((motion) => OF_MOTIONS.map((name) => `${name}.${motion}`))],
      ["all", OF_ALL],
    ];
    const wanted = (key) => key in ranges && (!plain || WEARERS.includes(kindOf(key)) || key in (state?.locked ?? {}));
    return found.map(([group, all]) => [group, all.filter(wanted)]).filter(([, all]) => all.length);
  }

  function row(key) {
    const { scale, step, unit, to } = SHOWN[kindOf(key)];
    const [low, high] = draft.told.ranges[key].map((bound) => round(bound * scale));
    const id = `tune-${key}`;
    const fixed = low >= high;
    const end = to && !plain ? Math.min(high, Math.max(to, draft.value(key) * scale)) : high;
    const slider = element("input", { type: "range", id, min: low, max: end, step, disabled: fixed,
      "aria-describedby": `${id}-today` });
    const field = element("input", { type: "number", min: low, max: high, step: "any", disabled: fixed, inputmode: "decimal",
      "aria-label": `${label(key, plain)}${unit && `, ${unit}`}` });
    const mark = element("span", { class: "tune-today", id: `${id}-today` });
    const tick = element("span", { class: "tune-tick", "aria-hidden": "true" });
    const take = (shown) => {
      if (!Number.isFinite(shown)) return;
      let value = Math.min(Math.max(shown, low), high);
      if (key === "vote") value = 2 * Math.floor(value / 2) + 1;
      draft.set(key, round(value / scale));
      changed();
    };
    slider.addEventListener("pointerdown", () => draft.remember());
    slider.addEventListener("keydown", (event) => { if (/^(Arrow|Page|Home|End)/.test(event.key)) draft.remember(); });
    slider.addEventListener("input", () => take(slider.valueAsNumber));
    field.addEventListener("change", () => { draft.remember(); take(field.valueAsNumber); });
    const made = element("div", { class: "tune-row", "data-key": key },
      element("label", { for: id }, label(key, plain)),
      element("div", { class: "tune-slide" }, slider, tick),
      element("span", { class: "tune-number" }, field, element("span", { "aria-hidden": "true" }, unit)),
      mark, plain ? null : lockOf(key, scale, unit));
    const draw = () => {
      const value = round(draft.value(key) * scale);
      const today = round(draft.today(key) * scale);
      if (document.activeElement !== slider || slider.valueAsNumber !== value) slider.value = value;
      if (document.activeElement !== field) field.value = value;
      made.classList.toggle("edited", draft.edited.includes(key));
      mark.textContent = t("tune.today", { value: `${number(today, 2)} ${unit}`.trim() });
      // The middle of the thumb runs from half its width to half its width before the end.
      const share = Math.min(Math.max((today - low) / Math.max(end - low, 1e-9), 0), 1);
      tick.style.left = `calc(0.5rem + ${share} * (100% - 1rem))`;
      made.drawLock?.();
    };
    made.drawLock = made.querySelector(".tune-lock")?.draw;
    return { made, draw };
  }

  function lockOf(key, scale, unit) {
    const [low, high] = draft.told.ranges[key];
    const on = element("input", { type: "checkbox", id: `lock-${key}` });
    const fields = [low, high].map((bound, index) => element("input", { type: "number", step: "any", value: round(bound * scale),
      min: round(low * scale), max: round(high * scale),
      "aria-label": t(index ? "tune.lock.high" : "tune.lock.low", { of: label(key), unit }) }));
    const took = () => {
      const bounds = fields.map((field) => round(Math.min(Math.max(field.valueAsNumber / scale, low), high)));
      if (bounds.some((bound) => !Number.isFinite(bound))) return;
      draft.remember();
      draft.lock(key, on.checked ? [Math.min(...bounds), Math.max(...bounds)] : null);
      changed();
    };
    on.addEventListener("change", took);
    fields.forEach((field) => field.addEventListener("change", () => { on.checked = true; took(); }));
    const summary = element("summary", {});
    const made = element("details", { class: "tune-lock" }, summary,
      element("label", { for: on.id, class: "row" }, on, t("tune.lock.on")),
      element("p", { class: "row" }, fields[0], "–", fields[1], unit));
    made.draw = () => {
      const bounds = draft.locked[key];
      on.checked = bounds !== undefined;
      (bounds ?? [low, high]).forEach((bound, index) => {
        if (document.activeElement !== fields[index]) fields[index].value = round(bound * scale);
      });
      const text = bounds === undefined ? t("tune.lock.free")
        : t("tune.lock.range", { low: shownValue(key, bounds[0]), high: shownValue(key, bounds[1]) });
      summary.textContent = text;
      summary.setAttribute("aria-label", `${label(key)}: ${text}`);
    };
    return made;
  }

  return {
    root,
    draw() {
      const groups = keys();
      const now = JSON.stringify([groups, draft.told.ranges]);
      if (now !== shape) {
        shape = now;
        rows = new Map();
        root.replaceChildren(...groups.map(([group, all], index) => {
          const made = all.map((key) => {
            rows.set(key, row(key));
            return rows.get(key).made;
          });
          if (plain) return element("section", {}, ...made);
          return element("details", { class: "tune-group", open: index === 0 || group === "all" },
            element("summary", {}, element("h2", {}, t(`tune.group.${group}`))), ...made);
        }));
      }
      for (const { draw } of rows.values()) draw();
    },
  };
}
