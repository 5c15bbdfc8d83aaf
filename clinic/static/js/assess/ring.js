// A ring that fills: dwell, right decisions, time.
import { set, svg, write } from "./svg.js";

const RADIUS = 44;
const LENGTH = 2 * Math.PI * RADIUS;

export function ring(label) {
  const done = svg("circle", { class: "ring-done", cx: 50, cy: 50, r: RADIUS, "stroke-dasharray": LENGTH, transform: "rotate(-90 50 50)" });
  const text = svg("text", { class: "ring-text", x: 50, y: 52 });
  const node = svg("svg", { class: "ring", viewBox: "0 0 100 100", role: "img", "aria-label": label },
    svg("circle", { class: "ring-whole", cx: 50, cy: 50, r: RADIUS }), done, text);
  return {
    node,
    draw(share, said) {
      set(done, { "stroke-dashoffset": (LENGTH * (1 - Math.min(Math.max(share, 0), 1))).toFixed(1) });
      write(text, said);
    },
  };
}
