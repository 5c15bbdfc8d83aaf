// The level of one site over the last ten seconds.
import uPlot from "../../vendor/uplot.js";

export const SHOWN_S = 10;
const HEIGHT = 56;
// Below this, rest would fill the strip with its noise.
const LEAST_TOP = 5;

export function envelopeStrip(place, times, colours) {
  const levels = [];
  let top = LEAST_TOP;
  const make = () => new uPlot({
    width: Math.max(place.clientWidth, 40), height: HEIGHT, pxAlign: false, padding: [2, 0, 0, 0],
    cursor: { show: false }, legend: { show: false }, axes: [{ show: false }, { show: false }],
    scales: {
      x: { time: false, range: () => [(times.at(-1) ?? 0) - SHOWN_S, times.at(-1) ?? 0] },
      y: { range: () => [0, top] },
    },
    series: [{}, { stroke: colours().accent, width: 1.5, fill: colours().accent_quiet, points: { show: false } }],
  }, [times, levels], place);
  let plot = make();
  const watcher = new ResizeObserver(() => plot.setSize({ width: Math.max(place.clientWidth, 40), height: HEIGHT }));
  watcher.observe(place);
  return {
    levels,
    get top() { return top; },
    draw() {
      top = Math.max(LEAST_TOP, 1.1 * levels.reduce((most, level) => Math.max(most, level), 0));
      plot.setData([times, levels]);
    },
    colours() {
      plot.destroy();
      plot = make();
    },
    end() {
      watcher.disconnect();
      plot.destroy();
    },
  };
}
