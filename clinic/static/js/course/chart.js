// Small charts as SVG, drawn for the width there is. A chart is {height, draw(canvas)}, where canvas has the width, and
// functions from values to places.
import { svg } from "../svg.js";
import { element } from "../dom.js";

const LEFT = 44;
const RIGHT = 12;

// Keeps a chart drawn in `place`; returns what ends that.
export function chart(label, draw) {
  const place = element("div", { class: "course-chart", role: "img", "aria-label": label });
  let width = 0;
  const watcher = new ResizeObserver(([seen]) => {
    const now = Math.round(seen.contentRect.width);
    if (now < 40 || now === width) return;
    width = now;
    place.replaceChildren(draw(width));
  });
  watcher.observe(place);
  return { place, end: () => watcher.disconnect() };
}

export function frame(width, height, [x_from, x_to], [y_from, y_to], { top = 14, bottom = 22, left = LEFT } = {}) {
  const span = x_to - x_from || 1;
  const rise = y_to - y_from || 1;
  return {
    width, height, left, top,
    inner: width - left - RIGHT,
    floor: height - bottom,
    x: (value) => left + ((value - x_from) / span) * (width - left - RIGHT),
    y: (value) => height - bottom - ((value - y_from) / rise) * (height - bottom - top),
  };
}

export function picture({ width, height }, ...parts) {
  return svg("svg", { viewBox: `0 0 ${width} ${height}`, width, height, "aria-hidden": "true" }, ...parts.flat(Infinity));
}

// Round steps, so that there are some `most` of them.
export function steps(from, to, most) {
  const rough = (to - from) / Math.max(most, 1);
  const power = 10 ** Math.floor(Math.log10(rough || 1));
  const step = [1, 2, 5, 10].map((one) => one * power).find((one) => one >= rough) ?? 1;
  const found = [];
  for (let value = Math.ceil(from / step) * step; value <= to + step * 1e-6; value += step) found.push(value);
  return found;
}

export function xAxis(canvas, values, word) {
  return values.map((value) => [
    svg("line", { class: "grid", x1: canvas.x(value), x2: canvas.x(value), y1: canvas.top, y2: canvas.floor }),
    svg("text", { class: "tick", x: canvas.x(value), y: canvas.floor + 15, "text-anchor": "middle" }, word(value)),
  ]).concat([[svg("line", { class: "axis", x1: canvas.left, x2: canvas.left + canvas.inner, y1: canvas.floor, y2: canvas.floor })]]);
}

export function yAxis(canvas, values, word) {
  return values.map((value) => [
    svg("line", { class: "grid", x1: canvas.left, x2: canvas.left + canvas.inner, y1: canvas.y(value), y2: canvas.y(value) }),
    svg("text", { class: "tick", x: canvas.left - 6, y: canvas.y(value) + 4, "text-anchor": "end" }, word(value)),
  ]);
}

// points: [{x, y, title}] with y null where nothing was measured.
export function line(canvas, points, name = "") {
  const there = points.filter((point) => point.y !== null && point.y !== undefined);
  return svg("g", { class: name },
    svg("polyline", { class: "line", points: there.map(({ x, y }) => `${canvas.x(x)},${canvas.y(y)}`).join(" ") }),
    ...there.map(({ x, y, title }) => svg("circle", { class: "dot", cx: canvas.x(x), cy: canvas.y(y), r: 4 },
      svg("title", {}, title ?? ""))));
}

export function bands(canvas, spans, [x_from, x_to]) {
  return spans.map(({ from, to, word }, index) => {
    const begin = canvas.x(Math.max(from, x_from));
    const end = canvas.x(Math.min(to, x_to));
    if (end <= begin) return [];
    return [
      svg("rect", { class: index % 2 ? "band odd" : "band", x: begin, width: end - begin, y: canvas.top, height: canvas.floor - canvas.top }),
      word ? svg("text", { class: "tick", x: begin + 4, y: canvas.top - 4 - 14 * (index % 3) }, word) : null,
    ];
  });
}
