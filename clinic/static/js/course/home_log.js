// Use at home, day by day: worn, engaged, motions, and those that were not meant.
import { get } from "../api.js";
import { element } from "../dom.js";
import { number, t, words } from "../i18n.js";
import { markNotMeant } from "../not_meant.js";
import { svg } from "../svg.js";
import { chart, frame, picture, xAxis, yAxis } from "./chart.js";
import { button, day, moment, orNothing, tried } from "./parts.js";

const SHOWN_DAYS = 28;

export async function showHomeLog(place, board) {
  const path = `/wearers/${board.wearer_id}/home-log`;
  const shown = element("div");
  const heard = element("p", { role: "status" });
  place.append(...(board.wears_now ? [markCard(board.wearer_id, heard, again)] : []), shown);
  let endings = [];
  board.endings.push(() => { for (const end of endings) end(); });

  async function again() {
    const log = await tried(() => get(path));
    if (!log) return;
    for (const end of endings) end();
    endings = [];
    const keep = (made) => { endings.push(made.end); return made.place; };
    shown.replaceChildren(overDays(log, keep), table(log), marks(log, board));
  }
  await again();
}

function markCard(wearer_id, heard, again) {
  return element("section", { class: "card" }, element("h2", {}, t("course.mark.title")), element("p", {}, t("course.mark.about")),
    button(t("shell.not_meant"), async () => {
      const sentence = await tried(() => markNotMeant(wearer_id));
      if (!sentence) return;
      heard.textContent = sentence;
      await again();
    }, { class: "main" }), heard);
}

// The last weeks without a gap: a day without a bar is one without a record.
function lastDays(log) {
  const of_day = new Map(log.days.map((one) => [one.day, one]));
  const last = log.days.at(-1)?.day ?? new Date().toISOString().slice(0, 10);
  return Array.from({ length: SHOWN_DAYS }, (_, index) => {
    const date = new Date(`${last}T12:00:00Z`);
    date.setUTCDate(date.getUTCDate() - (SHOWN_DAYS - 1 - index));
    const text = date.toISOString().slice(0, 10);
    return of_day.get(text) ?? { day: text, worn_h: 0, engaged_h: 0, false_per_hour: null };
  });
}

function overDays(log, keep) {
  if (log.days.length === 0) return element("p", { class: "card" }, t("course.home.none"));
  const days = lastDays(log);
  const bars = (name, value, least, second) => {
    const top = Math.max(least, ...days.map((one) => value(one) ?? 0));
    return keep(chart(t(`course.home.${name}_told`, { last: orNothing(value(days.at(-1)), 1), day: day(days.at(-1).day) }), (width) => {
      const canvas = frame(width, 130, [0, SHOWN_DAYS], [0, top]);
      const one_px = canvas.inner / SHOWN_DAYS;
      const bar = (place, height, kind, share) => svg("rect", { class: kind, x: canvas.x(place) + one_px * 0.12, width: one_px * share, y: canvas.y(height), height: canvas.floor - canvas.y(height) });
      return picture(canvas, yAxis(canvas, [0, top / 2, top], (one) => number(one, 1)),
        xAxis(canvas, [0.5, SHOWN_DAYS / 2, SHOWN_DAYS - 0.5], (place) => day(days[Math.floor(place)].day)),
        svg("g", { class: "others" }, ...days.map((one, index) => bar(index, value(one) ?? 0, "bar", 0.76))),
        second ? days.map((one, index) => bar(index, second(one), "dot", 0.76)) : []);
    }));
  };
  return element("section", { class: "card", "aria-labelledby": "course-home" },
    element("h2", { id: "course-home" }, t("course.home.title")),
    element("h3", {}, t("course.home.hours")), bars("hours", (one) => one.worn_h, 1, (one) => one.engaged_h),
    element("h3", {}, t("course.home.false")), bars("false", (one) => one.false_per_hour, 1, null),
    element("p", { class: "quiet" }, t("course.home.about")));
}

function table(log) {
  if (log.days.length === 0) return "";
  const heads = ["day", "worn", "engaged", "motions", "wrong", "rate", "refused", "stops", "faults"];
  return element("section", { class: "card" }, element("details", {}, element("summary", {}, t("course.home.days")),
    element("div", { class: "course-wide", tabindex: 0, role: "region", "aria-label": t("course.home.days") }, element("table", {},
      element("thead", {}, element("tr", {}, ...heads.map((head) => element("th", { scope: "col" }, t(`course.home.head.${head}`))))),
      element("tbody", {}, ...log.days.toReversed().map((one) => element("tr", {},
        ...[day(one.day), number(one.worn_h, 1), number(one.engaged_h, 1),
          one.motions.map((motion) => `${words(motion.motion)} ${motion.begun}`).join(", ") || "–",
          one.false_activations, orNothing(one.false_per_hour), one.refused, one.stops, one.faults].map((cell) => element("td", {}, String(cell))))))))));
}

function marks(log, board) {
  if (log.marks.length === 0) return "";
  return element("section", { class: "card" }, element("details", {}, element("summary", {}, t("course.mark.list", { count: log.marks.length })),
    element("p", { class: "quiet" }, t(log.keeps_raw_emg ? "course.mark.emg_kept" : "course.mark.emg_not_kept")),
    element("ul", { class: "course-list" }, ...log.marks.map((mark) => element("li", {}, moment(mark.at), " · ", mark.motion ? words(mark.motion) : t("course.mark.unknown"),
      mark.has_emg ? element("a", { href: `/api/wearers/${board.wearer_id}/home-log/marks/${mark.id}/emg.npz`, download: `mark-${mark.id}.npz` }, ` ${t("course.mark.emg")}`) : "")))));
}
