// The plane of a Fitts test: two joints, a circle to reach, a cursor that is the arm.
import { words } from "../i18n.js";
import { set, svg, write } from "./svg.js";

const REACH_RAD = (80 * Math.PI) / 180;
const SIZE = 100;

export function plane(joints, label) {
  const [across, up] = joints;
  const x = (posture) => (across ? (SIZE * (posture[across.name] - across.start_rad)) / REACH_RAD : 0);
  const y = (posture) => (up ? (-SIZE * (posture[up.name] - up.start_rad)) / REACH_RAD : 0);
  const target = svg("circle", { class: "circle" });
  const cursor = svg("g", { class: "cursor" }, svg("circle", { r: 3 }), svg("path", { d: "M -7 0 H 7 M 0 -7 V 7" }));
  // In the corners, where no target is.
  const names = [svg("text", { x: 100, y: 98, class: "axis end" }), svg("text", { x: -100, y: -94, class: "axis" })];
  const node = svg("svg", { class: "plane", viewBox: "-104 -104 208 208", role: "img", "aria-label": label },
    svg("path", { class: "axes", d: up ? "M -100 0 H 100 M 0 -100 V 100" : "M -100 0 H 100" }), target, cursor, ...names);
  write(names[0], across ? `↔ ${words(across.name)}` : "");
  write(names[1], up ? `↕ ${words(up.name)}` : "");
  return {
    node,
    draw(position, posture, within, inside) {
      const wanted = Object.keys(posture).length > 0 && within > 0;
      target.style.display = wanted ? "" : "none";
      if (wanted) set(target, { cx: x(posture).toFixed(2), cy: y(posture).toFixed(2), r: ((SIZE * within) / REACH_RAD).toFixed(2) });
      const known = [across, up].every((joint) => !joint || joint.name in position);
      cursor.style.display = known ? "" : "none";
      // What leaves the plane stays to be seen at its edge.
      const shown = (place) => Math.min(Math.max(place, -SIZE), SIZE).toFixed(2);
      if (known) set(cursor, { transform: `translate(${shown(x(position))} ${shown(y(position))})` });
      node.classList.toggle("inside", inside);
    },
  };
}
