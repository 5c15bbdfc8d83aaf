// An arm with its half of the trunk, from the front and from behind, drawn by us; on it a dot for each site, moved by
// pointer or arrow keys.
import { element } from "../dom.js";
import { t } from "../i18n.js";
import { svg } from "../svg.js";

export const WIDTH = 200, HEIGHT = 400;
const STEP = 0.01, BIG_STEP = 0.05;

// Outline of the trunk's half with the arm, seen from the front: midline at the left edge.
const OUTLINE = "M0 34 C18 40 22 22 24 8 L24 0 L0 0 Z";
const TRUNK = "M0 30 C22 34 34 42 62 46 C92 48 112 52 126 62 C146 76 150 104 148 140 C148 176 146 196 146 214 "
  + "C146 236 150 252 146 288 C143 318 138 340 136 356 C136 372 134 388 124 390 C114 388 114 372 116 356 "
  + "C114 332 108 300 108 270 C108 246 106 232 106 212 C106 186 104 160 100 128 C98 150 96 190 96 230 L96 400 L0 400 Z";
const LINES = {
  front: ["M6 60 C36 56 76 62 100 84", "M6 128 C36 140 70 136 92 118", "M40 60 L98 84", "M122 82 C132 120 132 160 126 204",
    "M106 212 C120 222 134 222 146 214", "M112 226 C120 260 120 300 118 352", "M140 226 C136 260 132 300 132 352", "M0 180 L70 184", "M0 230 L74 232"],
  back: ["M4 70 C40 78 70 74 100 76", "M8 92 C40 150 70 176 96 210", "M64 66 C76 86 78 104 60 118", "M124 82 C118 120 120 160 124 206",
    "M140 92 C142 130 140 170 134 204", "M106 212 C120 204 134 204 146 214", "M126 220 C128 262 126 310 124 352", "M4 40 L4 400"],
};

export function bodyDrawing(view, { choose, move }) {
  const dots = svg("g", {});
  const mirrored = view === "back" ? `translate(${WIDTH} 0) scale(-1 1)` : null;
  const drawn = svg("svg", { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, class: "body-drawing", role: "group", "aria-label": t(`sites.view.${view}`) },
    svg("g", { transform: mirrored, class: "outline" }, svg("path", { d: OUTLINE }), svg("path", { d: TRUNK }),
      ...LINES[view].map((d) => svg("path", { d, class: "muscle-line" }))),
    dots);
  const root = element("figure", { class: "body-view" }, element("figcaption", {}, t(`sites.view.${view}`)), drawn);
  const bounded = (share) => Math.round(Math.min(Math.max(share, 0), 1) * 1000) / 1000;

  function dot(site, chosen, label) {
    const made = svg("g", {
      class: `site ${chosen ? "chosen" : ""}`, tabindex: 0, role: "button", "aria-label": label, "data-channel": site.channel,
      transform: `translate(${site.x * WIDTH} ${site.y * HEIGHT})`,
      onfocus: () => choose(site.channel),
      onkeydown: (event) => {
        const step = event.shiftKey ? BIG_STEP : STEP;
        const by = { ArrowLeft: [-step, 0], ArrowRight: [step, 0], ArrowUp: [0, -step / 2], ArrowDown: [0, step / 2] }[event.key];
        if (!by) return;
        event.preventDefault();
        move(site.channel, bounded(site.x + by[0]), bounded(site.y + by[1]));
      },
      onpointerdown: (event) => {
        event.preventDefault();
        made.setPointerCapture(event.pointerId);
        made.focus();
      },
      onpointermove: (event) => {
        if (!made.hasPointerCapture(event.pointerId)) return;
        const box = drawn.getBoundingClientRect();
        const scale = Math.min(box.width / WIDTH, box.height / HEIGHT);
        const left = box.left + (box.width - scale * WIDTH) / 2;
        const top = box.top + (box.height - scale * HEIGHT) / 2;
        move(site.channel, bounded((event.clientX - left) / scale / WIDTH), bounded((event.clientY - top) / scale / HEIGHT));
      },
    }, svg("circle", { r: 12, class: "reach" }), svg("circle", { r: 8, class: "electrode" }), svg("circle", { r: 8, class: "loud" }),
      svg("text", { y: 4, "text-anchor": "middle" }, String(site.channel)));
    return made;
  }

  return {
    root,
    // Dots stay the same elements while sites only move, so that focus and a drag are kept.
    draw(sites, chosen, label) {
      const mine = sites.filter((site) => site.view === view);
      const there = new Map([...dots.children].map((made) => [Number(made.dataset.channel), made]));
      for (const [channel, made] of there) if (!mine.some((site) => site.channel === channel)) made.remove();
      for (const site of mine) {
        const made = there.get(site.channel);
        if (made === undefined) { dots.append(dot(site, site.channel === chosen, label(site))); continue; }
        made.setAttribute("transform", `translate(${site.x * WIDTH} ${site.y * HEIGHT})`);
        made.classList.toggle("chosen", site.channel === chosen);
        made.setAttribute("aria-label", label(site));
      }
    },
    // `share`: how loud the site is now, 0 to 1; `bad`: not to be trusted.
    live(channel, share, bad) {
      const made = dots.querySelector(`[data-channel="${channel}"]`);
      if (!made) return;
      made.querySelector(".loud").setAttribute("r", 8 + 10 * share);
      made.classList.toggle("bad-site", bad);
    },
  };
}
