// The arm as lines, from the side and from above: where there is no WebGL, or somebody prefers it.
import { armPose } from "./arm_pose.js";

const SVG = "http://www.w3.org/2000/svg";
// Metres: from behind the shoulder to an outstretched hand, and its height; the views from the side and from above.
const VIEWS = {
  side: { box: [-0.12, -0.12, 0.72, 0.92], point: ([x, y]) => [x, -y] },
  top: { box: [-0.12, -0.22, 0.72, 0.44], point: ([x, , z]) => [x, z] },
};

function svg(tag, attributes) {
  const made = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  return made;
}

// `label`: what a screen reader says it is. One view of one arm.
export function armFlat(view, label) {
  const { box, point } = VIEWS[view];
  const root = svg("svg", { viewBox: box.join(" "), class: `arm-flat ${view}`, role: "img", "aria-label": label });
  let lines = [];
  return {
    root,
    draw(angles) {
      const bones = armPose(angles);
      if (lines.length === 0) {
        lines = bones.map(({ part, radius }) => svg("line", { class: part, "stroke-width": 1.6 * radius, "stroke-linecap": "round" }));
        root.append(...lines);
      }
      bones.forEach(({ from, to }, place) => {
        const [[x1, y1], [x2, y2]] = [point(from), point(to)];
        for (const [name, value] of Object.entries({ x1, y1, x2, y2 })) lines[place].setAttribute(name, value.toFixed(4));
      });
    },
  };
}
