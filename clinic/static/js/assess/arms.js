// Two arms seen from the side: the target as an outline, the own one filled. Joints by the names that arms use here;
// what has another name is told by the gauges alone.
import { set, svg } from "./svg.js";

const UPPER = 74;
const FORE = 78;
const HAND = 34;
const CLOSED_RAD = 1.4;

const degrees = (rad) => (rad * 180) / Math.PI;

function limb(kind) {
  const finger = () => svg("path", { d: `M 0 0 q 4 ${HAND / 2} 0 ${HAND}`, class: "finger" });
  const fingers = [finger(), finger()];
  const turn = svg("g", {}, svg("ellipse", { class: "palm", rx: 13, ry: 6 }), svg("line", { class: "palm-line", x1: -13, x2: 13 }));
  const hand = svg("g", {}, ...fingers, turn);
  const wrist = svg("g", {}, hand);
  const fore = svg("g", {}, svg("line", { class: "bone", y2: FORE }), wrist, svg("circle", { class: "joint", r: 8 }));
  const whole = svg("g", { class: `limb ${kind}`, transform: "translate(70 26)" },
    svg("line", { class: "bone", y2: UPPER }), svg("circle", { class: "joint", r: 9 }), fore);
  return {
    node: whole,
    draw(posture) {
      const closed = Math.min(Math.max((posture.hand ?? CLOSED_RAD / 2) / CLOSED_RAD, 0), 1);
      // At 0 the elbow is straight; bending brings the hand forward and up.
      set(fore, { transform: `translate(0 ${UPPER}) rotate(${(-degrees(posture.elbow ?? 0.8)).toFixed(2)})` });
      set(wrist, { transform: `translate(0 ${FORE}) rotate(${(-degrees(posture.wrist_flexion ?? 0)).toFixed(2)})` });
      set(turn, { transform: `rotate(${degrees(posture.wrist_rotation ?? 0).toFixed(2)})` });
      fingers.forEach((finger, place) => {
        const side = place === 0 ? 1 : -1;
        set(finger, { transform: `scale(${side} 1) rotate(${(-38 * (1 - closed) - 2).toFixed(2)})` });
      });
    },
  };
}

export function arms(label) {
  const target = limb("target");
  const own = limb("own");
  const node = svg("svg", { class: "arms", viewBox: "28 4 176 216", role: "img", "aria-label": label }, target.node, own.node);
  return {
    node,
    draw(position, posture, inside) {
      target.node.style.display = posture === null ? "none" : "";
      own.node.style.display = position === null ? "none" : "";
      if (posture !== null) target.draw(posture);
      if (position !== null) own.draw(position);
      node.classList.toggle("inside", inside);
    },
  };
}
