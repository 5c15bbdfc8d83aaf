// How old what is shown is, and how long a decision takes.
import { element } from "../../js/dom.js";
import { number, t } from "../../js/i18n.js";

const EVERY_MS = 250;
// Far more than one frame late: what is shown is history.
const OLD_MS = 500;

function row(name) {
  const value = element("td", {});
  return { value, row: element("tr", {}, element("th", { scope: "row" }, t(`live.figure.${name}`)), value) };
}

const ms = (value) => t("live.ms", { value: number(value, value < 10 ? 2 : 0) });

export function figures(live) {
  const rows = Object.fromEntries(["sample", "state", "latency", "latency_session", "delay", "misses", "lost", "device"]
    .map((name) => [name, row(name)]));
  const root = element("section", { class: "card live-figures", "aria-labelledby": "figures-title" },
    element("h2", { id: "figures-title" }, t("live.figures")),
    element("table", {}, element("tbody", {}, ...Object.values(rows).map((each) => each.row))));

  function age({ value }, message) {
    if (!message) {
      value.textContent = "–";
      return;
    }
    const old_ms = live.age(message.stamp_wall_ms);
    const old = old_ms > OLD_MS;
    value.className = old ? "bad" : "";
    value.textContent = old ? `⚠ ${t("live.old", { s: number(old_ms / 1000, 1, 1) })}` : ms(Math.round(old_ms));
  }

  function tell() {
    age(rows.sample, live.newest("signal"));
    age(rows.state, live.newest("state"));
    const status = live.newest("controller_status");
    if (!status) return;
    for (const [name, summary] of [["latency", status.latency_ms], ["latency_session", status.latency_session_ms]]) {
      rows[name].value.textContent = summary ? t("live.percentiles", {
        p50: number(summary.p50, 2, 2), p99: number(summary.p99, 2, 2), p999: number(summary.p999, 2, 2) }) : "–";
    }
    rows.delay.value.textContent = ms(Math.round(status.delay_by_design_ms));
    rows.misses.value.textContent = t("live.of_decisions", { count: number(status.deadline_misses, 0), all: number(status.decisions, 0) });
    rows.lost.value.textContent = number(status.lost_samples, 0);
    rows.device.value.textContent = status.device ? t("live.device", { name: status.device.name,
      channels: status.device.channels, rate: number(status.device.rate_hz, 1) }) : "–";
  }

  // By a clock, not by messages: what no longer comes must be seen to age.
  const timer = setInterval(() => { if (!document.hidden) tell(); }, EVERY_MS);
  tell();
  return { root, draw() {}, end: () => clearInterval(timer) };
}
