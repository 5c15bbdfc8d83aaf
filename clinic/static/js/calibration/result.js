// What a fit found: a map on which the motions should lie apart, what is mixed up with what, and both models' errors.
import { element } from "../dom.js";
import { number, t } from "../i18n.js";
import { svg } from "../svg.js";
import { motionName } from "./names.js";

const SIZE = 400, EDGE = 30;

export function map(result) {
  const clouds = result.clouds;
  if (clouds.length < 2) return null;
  const reach = (axis) => clouds.flatMap((cloud) => [
    cloud.centre[axis] - cloud.axes[0], cloud.centre[axis] + cloud.axes[0], ...cloud.points.map((point) => point[axis])]);
  const [x, y] = [reach(0), reach(1)];
  const middle = [(Math.min(...x) + Math.max(...x)) / 2, (Math.min(...y) + Math.max(...y)) / 2];
  const scale = (SIZE - 2 * EDGE) / Math.max(Math.max(...x) - Math.min(...x), Math.max(...y) - Math.min(...y), 1e-6);
  const at = ([px, py]) => [SIZE / 2 + (px - middle[0]) * scale, SIZE / 2 - (py - middle[1]) * scale];
  const drawn = clouds.map((cloud, place) => {
    const [cx, cy] = at(cloud.centre);
    return svg("g", { class: `class-${place % 10}` },
      ...cloud.points.map((point) => { const [px, py] = at(point); return svg("circle", { cx: px.toFixed(1), cy: py.toFixed(1), r: 2.4, class: "dot" }); }),
      svg("ellipse", { cx, cy, rx: cloud.axes[0] * scale, ry: cloud.axes[1] * scale, class: "spread",
        transform: `rotate(${(-cloud.turned_rad * 180) / Math.PI} ${cx} ${cy})` }));
  });
  const names = clouds.map((cloud) => {
    const [cx, cy] = at(cloud.centre);
    const above = Math.max(...cloud.points.map((point) => cy - at(point)[1]), cloud.axes[1] * scale, 4);
    return svg("text", { x: Math.min(Math.max(cx, 60), SIZE - 60), y: Math.max(cy - above - 6, 14), "text-anchor": "middle" }, motionName(cloud.name));
  });
  return element("figure", { class: "map" },
    svg("svg", { viewBox: `0 0 ${SIZE} ${SIZE}`, role: "img", "aria-label": nearest(result) }, ...drawn, ...names),
    element("figcaption", {}, nearest(result), " ", element("span", { class: "quiet" }, t("calibrate.map_how"))));
}

// The two that are hardest to tell apart, in words: in all dimensions, of which the map shows two.
function nearest({ closest }) {
  return closest === null ? "" : t("calibrate.nearest", {
    one: motionName(closest.one), other: motionName(closest.other), spreads: number(closest.spreads) });
}

export function confusion(result) {
  if (!result.confusion.length) return element("p", { class: "quiet" }, t("calibrate.no_confusion"));
  return element("div", { class: "scrolls", tabindex: 0, role: "region", "aria-label": t("calibrate.confusion") },
    element("table", { class: "confusion" },
      element("caption", {}, t("calibrate.confusion_how")),
      element("thead", {}, element("tr", {}, element("td", {}),
        ...result.classes.map((name) => element("th", { scope: "col" }, motionName(name))))),
      element("tbody", {}, ...result.confusion.map((row, asked) => element("tr", {},
        element("th", { scope: "row" }, motionName(result.classes[asked])),
        ...row.map((share, decided) => element("td", {
          class: `number ${asked === decided ? "right" : share >= 10 ? "wrong" : share > 0 ? "some" : ""}`,
        }, share === 0 ? "·" : number(share, 0))))))));
}

export function errors(fit) {
  const percent = (value) => (value === null ? t("calibrate.not_measured") : `${number(value)} %`);
  return element("dl", { class: "errors" },
    element("div", {}, element("dt", {}, t("calibrate.error_new")), element("dd", { id: "error-new" }, percent(fit.error_percent))),
    element("div", {}, element("dt", {}, t("calibrate.error_running")), element("dd", { id: "error-running" }, percent(fit.running_error_percent))));
}

export function shadow(report) {
  const differ = report.differ.slice(0, 4).map((one) => element("li", {}, t("calibrate.differ", {
    share: number(100 * one.share, 0), running: motionName(one.running), new: motionName(one.new) })));
  return element("div", { id: "shadow" },
    element("p", {}, t("calibrate.agree", { share: number(100 * report.agreement, 0), decisions: number(report.decisions, 0) })),
    differ.length ? element("ul", {}, ...differ) : null);
}
