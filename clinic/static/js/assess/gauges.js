// A gauge per joint: its range, where it is to be with the tolerance, and where it is.
import { element } from "../dom.js";
import { number, t, words } from "../i18n.js";
import { set, svg, write } from "./svg.js";

const WIDE = 400;
const HIGH = 44;
const degrees = (rad) => (rad * 180) / Math.PI;

function gauge(joint) {
  const at = (rad) => (WIDE * (rad - joint.min_rad)) / (joint.max_rad - joint.min_rad);
  const band = svg("rect", { class: "band", y: 4, height: HIGH - 8, rx: 4 });
  const own = svg("path", { class: "mark", d: `M 0 2 V ${HIGH - 2} M -7 2 H 7 M -7 ${HIGH - 2} H 7` });
  const off = element("span", { class: "off" });
  const node = element("div", { class: "gauge" },
    element("p", {}, element("strong", {}, words(joint.name)), " ", off),
    svg("svg", { viewBox: `-10 0 ${WIDE + 20} ${HIGH}`, preserveAspectRatio: "none", "aria-hidden": "true" },
      svg("line", { class: "range", y1: HIGH / 2, y2: HIGH / 2, x2: WIDE }), band, own));
  return {
    name: joint.name,
    node,
    draw(position, wanted, within) {
      const shown = wanted !== undefined;
      band.style.display = shown && within > 0 ? "" : "none";
      if (shown) {
        const low = Math.max(at(wanted - within), 0);
        set(band, { x: low.toFixed(1), width: Math.max(Math.min(at(wanted + within), WIDE) - low, 2).toFixed(1) });
      }
      if (position === undefined) return;
      set(own, { transform: `translate(${Math.min(Math.max(at(position), 0), WIDE).toFixed(1)} 0)` });
      const away = shown ? degrees(position - wanted) : 0;
      const near = shown && Math.abs(position - wanted) <= within;
      node.classList.toggle("near", near);
      write(off, !shown ? "" : near ? `✓ ${t("assess.there")}` : t("assess.off", { degrees: number(away, 0) }));
    },
  };
}

export function gauges(joints) {
  const made = joints.map(gauge);
  return {
    node: element("div", { class: "gauges" }, ...made.map((one) => one.node)),
    draw(position, posture, within, moved) {
      for (const one of made) {
        one.node.hidden = !(one.name in posture);
        one.node.classList.toggle("moved", moved.includes(one.name));
        one.draw(position[one.name], posture[one.name], within);
      }
    },
  };
}
