// What the wearer looks at while trials are recorded: a picture, the motion, a countdown, the effort, what comes next.
import { element } from "../dom.js";
import { number, t } from "../i18n.js";
import { svg } from "../svg.js";
import { effortCurve } from "./effort.js";
import { motionName, positionName } from "./names.js";
import { pictureOfMotion, pictureOfPosition } from "./pictures.js";
import { leftInAll, leftOf } from "./standing.js";

const TAKE_POSITION = "take position";
const ROUND = 2 * Math.PI * 44;

// `take(state)` with each state that has a prompt; `end()` ends the drawing.
export function promptStage(live) {
  const picture = element("div", { class: "pictured" });
  // Said once for each prompt; the seconds are only shown.
  const asked = element("p", { class: "asked", role: "status", id: "prompt" });
  const position = element("p", { class: "quiet", id: "prompt-position" });
  const left = svg("circle", { cx: 50, cy: 50, r: 44, class: "left", "stroke-dasharray": ROUND, transform: "rotate(-90 50 50)" });
  const seconds = svg("text", { x: 50, y: 62, "text-anchor": "middle" });
  const ring = svg("svg", { viewBox: "0 0 100 100", class: "countdown", "aria-hidden": "true" },
    svg("circle", { cx: 50, cy: 50, r: 44, class: "whole" }), left, seconds);
  const next = element("p", { class: "quiet", id: "prompt-next" });
  const whole = element("p", { class: "quiet" });
  const curve = effortCurve();
  const root = element("section", { class: "stage card", "aria-label": t("calibrate.stage") },
    picture, element("div", { class: "words" }, asked, position, next, whole), ring, curve.root);
  let state = null;
  let effort = null;
  let shown = "";
  let frame = 0;

  function draw() {
    frame = requestAnimationFrame(draw);
    const prompt = state?.prompt;
    if (!prompt) return;
    const left_s = leftOf(state);
    left.setAttribute("stroke-dashoffset", ROUND * (1 - left_s / prompt.lasts_s));
    const text = String(Math.ceil(left_s));
    if (seconds.textContent !== text) seconds.textContent = text;
    const over = t("calibrate.left", { seconds: number(leftInAll(state), 0) });
    if (whole.textContent !== over) whole.textContent = over;
    if (effort !== null) {
      curve.draw(prompt, prompt.lasts_s - left_s, effort);
      effort = null;
    }
  }

  const end = live.on("signal", (signal) => { effort = signal.effort; });
  frame = requestAnimationFrame(draw);
  return {
    root,
    take(newest) {
      state = newest;
      const prompt = newest.prompt;
      if (!prompt) return;
      const mine = `${prompt.motion}:${prompt.trial}:${prompt.position}`;
      if (mine === shown) return;
      shown = mine;
      const moves = prompt.motion === TAKE_POSITION;
      const name = moves ? t("calibrate.bring", { position: positionName(prompt.position) }) : motionName(prompt.motion);
      asked.textContent = name;
      position.textContent = prompt.position && !moves ? positionName(prompt.position) : "";
      next.textContent = prompt.following
        ? t("calibrate.next", { motion: prompt.following === TAKE_POSITION ? t("calibrate.move_arm") : motionName(prompt.following) }) : "";
      picture.replaceChildren(moves ? pictureOfPosition(prompt.position, name) : pictureOfMotion(prompt.motion, name));
      root.dataset.motion = prompt.motion;
    },
    end() {
      end();
      cancelAnimationFrame(frame);
    },
  };
}
