// The effort that a prompt asks for, as a curve over its time, and the wearer's own, drawn on it as it comes.
import { element } from "../dom.js";
import { t } from "../i18n.js";
import { svg } from "../svg.js";

const WIDTH = 600, HEIGHT = 180;
// Effort 1 is full speed of the running model in this motion; some room above it.
const MOST = 1.5;
// People follow a prompt within half a second.
const BEGINS_S = 0.5, STEEP_S = 0.4;
// Of a ramp, as long as a third of the hold is left at the top.
const RAMP_SHARE = 0.66;

const isMotion = (prompt) => prompt.motion !== "rest" && prompt.motion !== "take position";

export function wanted(prompt, at_s) {
  if (!isMotion(prompt)) return 0;
  const rises_s = prompt.ramp ? Math.max(RAMP_SHARE * prompt.lasts_s - BEGINS_S, STEEP_S) : STEEP_S;
  return Math.min(Math.max((at_s - BEGINS_S) / rises_s, 0), 1);
}

// `draw(prompt, at_s, effort)` adds what is heard now; a new prompt begins a new curve.
export function effortCurve() {
  const goal = svg("path", { class: "goal" });
  const band = svg("path", { class: "band" });
  const own = svg("polyline", { class: "own", fill: "none" });
  const now = svg("line", { class: "now", y1: 0, y2: HEIGHT });
  const drawn = svg("svg", { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, preserveAspectRatio: "none", "aria-hidden": "true" }, band, goal, own, now);
  const root = element("figure", { class: "effort" }, drawn, element("figcaption", { class: "quiet" }, t("calibrate.effort")));
  let key = "";
  let points = [];
  let highest = 1e-9;
  let scale = null;
  let last = -1;
  const y = (effort) => HEIGHT * (1 - Math.min(Math.max(effort, 0), MOST) / MOST);

  function begin(prompt) {
    const steps = Array.from({ length: 61 }, (_, step) => (step / 60) * prompt.lasts_s);
    const at = (second, shift) => `${(second / prompt.lasts_s) * WIDTH},${y(wanted(prompt, second) + shift)}`;
    goal.setAttribute("d", `M${steps.map((second) => at(second, 0)).join(" L")}`);
    band.setAttribute("d", `M${steps.map((second) => at(second, 0.25)).join(" L")} L${steps.reverse().map((second) => at(second, -0.25)).join(" L")} Z`);
    points = [];
    last = -1;
  }

  return {
    root,
    draw(prompt, at_s, effort) {
      const mine = `${prompt.motion}:${prompt.trial}:${prompt.lasts_s}`;
      if (mine !== key) { key = mine; begin(prompt); }
      highest = Math.max(highest, effort);
      if (prompt.effort_high !== null) scale = [prompt.effort_low, prompt.effort_high];
      const [low, high] = scale ?? [0, highest];
      const share = (effort - low) / Math.max(high - low, 1e-9);
      const x = Math.min(at_s / prompt.lasts_s, 1) * WIDTH;
      if (x <= last) return;
      last = x;
      points.push(`${x.toFixed(1)},${y(share).toFixed(1)}`);
      own.setAttribute("points", points.join(" "));
      now.setAttribute("x1", x);
      now.setAttribute("x2", x);
    },
  };
}
