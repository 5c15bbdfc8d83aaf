// What was found so far: a sentence for each test, plots over time, a table, the report.
import { get } from "../api.js";
import { element } from "../dom.js";
import { has, language, number, t } from "../i18n.js";
import { why } from "./why.js";

const percent = (share) => number(100 * share, 0);
const when = (at) => new Intl.DateTimeFormat(language(), { dateStyle: "medium", timeStyle: "short" }).format(new Date(at));

export function sentence(taken) {
  if (taken.kind === "rest") return t("assess.found.rest", { degrees: number((180 / Math.PI) * (taken.figures.rest_motion_rad ?? 0), 1), seconds: number(taken.figures.rest_s ?? 0, 0) });
  if (taken.rate === null) return t("assess.found.nothing");
  const [low, high] = taken.rate_interval;
  const values = { completed: taken.completed, trials: taken.trials, rate: percent(taken.rate), low: percent(low), high: percent(high) };
  const parts = [t("assess.found.rate", values)];
  if (taken.median_s !== null) parts.push(t("assess.found.median", { seconds: number(taken.median_s, 1) }));
  if (taken.median_interval_s !== null) parts.push(t("assess.found.median_interval", { low: number(taken.median_interval_s[0], 1), high: number(taken.median_interval_s[1], 1) }));
  if (taken.figures.throughput_bit_s != null) parts.push(t("assess.found.throughput", { bits: number(taken.figures.throughput_bit_s, 2) }));
  if (taken.not_counted.length > 0) parts.push(t("assess.found.not_counted", { count: taken.not_counted.length }));
  if (!taken.complete) parts.push(t("assess.found.not_complete"));
  if (taken.changed) parts.push(t("assess.found.changed"));
  return parts.join(" ");
}

function row(taken) {
  const interval = taken.rate_interval === null ? "" : `${percent(taken.rate)} % (${percent(taken.rate_interval[0])}–${percent(taken.rate_interval[1])})`;
  const marks = [taken.practice ? t("assess.mark.practice") : "", taken.complete ? "" : t("assess.mark.not_complete"), taken.changed ? t("assess.mark.changed") : ""];
  return element("tr", { "data-id": taken.id },
    element("th", { scope: "row" }, when(taken.at)),
    element("td", {}, t(`assess.kind.${taken.kind}`), element("br"), element("span", { class: "quiet" }, t(`assess.arm.${taken.arm_kind}`))),
    element("td", {}, taken.profile_version === null ? "–" : String(taken.profile_version)),
    element("td", {}, `${taken.completed ?? "–"} / ${taken.trials}`),
    element("td", {}, interval || "–"),
    element("td", {}, taken.median_s === null ? "–" : number(taken.median_s, 1)),
    element("td", {}, taken.figures.throughput_bit_s == null ? "–" : number(taken.figures.throughput_bit_s, 2)),
    element("td", {}, marks.filter(Boolean).join(", ")),
    element("td", {}, element("details", {}, element("summary", {}, t("assess.more")), details(taken))));
}

function setting(name) {
  const key = `assess.parameter.${name.replaceAll(" ", "_")}`;
  return has(key) ? t(key) : name;
}

function details(taken) {
  const list = element("ul", { class: "plain" },
    element("li", {}, t("assess.by", { name: taken.by })),
    taken.decoder ? element("li", {}, t("assess.decoder", { decoder: taken.decoder, trained_on: taken.trained_on || "–" })) : null,
    ...taken.parameters.map((one) => element("li", {}, `${setting(one.name)}: ${number(one.value, 4)} ${one.unit} (${one.source})`)),
    ...taken.not_counted.map((one) => element("li", {}, t("assess.not_counted", { trial: one.trial, why: why(one) }))));
  return element("div", {}, list, element("a", { href: `/api/assess/results/${taken.id}/export`, download: "" }, t("assess.export")));
}

function drawing(source) {
  const parsed = new DOMParser().parseFromString(source, "image/svg+xml").documentElement;
  return document.importNode(parsed, true);
}

export async function results(wearer) {
  const [taken, plots] = await Promise.all([
    get(`/assess/results?wearer=${wearer.id}`), get(`/assess/plots?wearer=${wearer.id}&language=${language()}`)]);
  const heads = ["when", "test", "profile", "trials", "rate", "median", "throughput", "marks", ""].map((name) => element("th", { scope: "col" }, name && t(`assess.head.${name}`)));
  const node = element("section", { class: "results" },
    element("h2", {}, t("assess.results")),
    taken.length === 0 ? element("p", {}, t("assess.nothing_yet")) : element("p", {},
      element("a", { class: "button", href: `/api/assess/report?wearer=${wearer.id}&language=${language()}`, target: "_blank", rel: "noopener" }, t("assess.report"))),
    ...[...new Set(plots.map((plot) => plot.group))].flatMap((group) => [element("h3", {}, group),
      element("div", { class: "plots" }, ...plots.filter((plot) => plot.group === group).map((plot) => element("figure", { class: "card" },
        element("figcaption", {}, plot.title), drawing(plot.svg))))]),
    taken.length === 0 ? null : element("div", { class: "wide" }, element("table", {}, element("thead", {}, element("tr", {}, ...heads)),
      element("tbody", {}, ...taken.toReversed().map(row)))),
    meaning());
  return { node, newest: taken.at(-1) ?? null };
}

function meaning() {
  return element("details", { class: "card meaning" }, element("summary", {}, t("assess.meaning")),
    ...["rate", "median", "throughput", "motion", "why_online", "arms", "compare"].map((name) => element("p", {}, t(`assess.means.${name}`))));
}
