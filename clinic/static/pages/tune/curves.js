// Speed of one joint over time, today's and proposed.
import { colour, element } from "../../js/dom.js";
import { number, t, words } from "../../js/i18n.js";
import uPlot from "../../vendor/uplot.js";

const HEIGHT = 130;

export function curves() {
  const root = element("div", { class: "tune-curves" });
  let plots = [];
  let shown = null;

  function make(speeds, point_s) {
    const times = speeds.today.map((_, place) => place * point_s);
    const place = element("div", { role: "img", "aria-label": t("tune.curve", { joint: words(speeds.joint),
      today: number(farthest(speeds.today), 2), proposed: number(farthest(speeds.proposed), 2) }) });
    const figure = element("figure", {}, element("figcaption", {}, `${words(speeds.joint)}, rad/s`), place);
    root.append(figure);
    const axis = { stroke: colour("quiet"), grid: { stroke: colour("line-quiet"), width: 1 }, ticks: { show: false } };
    const top = 1.05 * speeds.fastest;
    const plot = new uPlot({
      width: Math.max(place.clientWidth, 200), height: HEIGHT, legend: { show: false }, cursor: { show: false },
      scales: { x: { time: false }, y: { range: () => [-top, top] } },
      axes: [{ ...axis, size: 28, values: (_, ticks) => ticks.map((tick) => `${number(tick, 1)} s`) }, { ...axis, size: 44 }],
      series: [{}, { stroke: colour("quiet"), width: 2, dash: [6, 4], points: { show: false } },
        { stroke: colour("accent"), width: 2, points: { show: false } }],
    }, [times, speeds.today, speeds.proposed], place);
    return { joint: speeds.joint, place, plot, figure };
  }

  const watcher = new ResizeObserver(() => {
    for (const { plot, place } of plots) plot.setSize({ width: Math.max(place.clientWidth, 200), height: HEIGHT });
  });

  function draw(found) {
    shown = found;
    const names = found.speeds.map((one) => one.joint);
    const same = plots.length === names.length && plots.every((one, place) => one.joint === names[place]);
    if (!same) {
      clear();
      plots = found.speeds.map((one) => make(one, found.point_s));
      plots.forEach(({ place }) => watcher.observe(place));
      return;
    }
    found.speeds.forEach((one, place) => {
      plots[place].plot.setData([one.today.map((_, index) => index * found.point_s), one.today, one.proposed]);
      plots[place].place.setAttribute("aria-label", t("tune.curve", { joint: words(one.joint),
        today: number(farthest(one.today), 2), proposed: number(farthest(one.proposed), 2) }));
    });
  }

  function clear() {
    plots.forEach(({ plot, place }) => { watcher.unobserve(place); plot.destroy(); });
    plots = [];
    root.replaceChildren();
  }

  return {
    root,
    draw,
    colours() { if (shown !== null) { clear(); draw(shown); } },
    end() { watcher.disconnect(); clear(); },
  };
}

const farthest = (values) => values.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
