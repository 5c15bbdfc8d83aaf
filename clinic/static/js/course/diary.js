// The pain diary: two items, 0 to 10; what was said over time; what others reported, apart from it.
import { get, newRequest, post, put, remove } from "../api.js";
import { element } from "../dom.js";
import { number, t } from "../i18n.js";
import { svg } from "../svg.js";
import { chart, frame, line, picture, steps, xAxis, yAxis } from "./chart.js";
import { button, day, moment, tried } from "./parts.js";

const ITEMS = ["residual", "phantom"];
const WHEN = ["now", "average", "worst"];
const DAY_MS = 86400000;
const NEWEST = 5;
const MOST = 300;

export async function showDiary(place, board) {
  const path = `/wearers/${board.wearer_id}/diary`;
  const shown = element("div");
  place.append(shown);
  let endings = [];
  board.endings.push(() => { for (const end of endings) end(); });

  function draw(diary, editing = null) {
    for (const end of endings) end();
    endings = [];
    const keep = (made) => { endings.push(made.end); return made.place; };
    shown.replaceChildren(entryCard(diary, editing, path, draw), flagCard(diary, board, path, draw), overTime(diary, keep), others(diary, keep), list(diary, path, draw));
  }

  const diary = await tried(() => get(path));
  if (diary) draw(diary);
}

// Eleven buttons; a digit on the keyboard chooses too, 0 and then nothing else for ten: the arrow keys get there.
function scale(item, when, chosen) {
  const name = `course-pain-${item}-${when}`;
  const radios = Array.from({ length: 11 }, (_, value) => element("input", { type: "radio", name, value, checked: value === chosen, "aria-label": `${t(`course.pain.${when}`)}: ${value}` }));
  const node = element("fieldset", { class: "course-scale" }, element("legend", {}, t(`course.pain.${when}`)),
    element("div", {}, ...radios.map((radio, value) => element("label", {}, radio, element("span", { "aria-hidden": "true" }, String(value))))));
  node.addEventListener("keydown", (event) => {
    if (!/^[0-9]$/.test(event.key) || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    event.stopPropagation();
    radios[Number(event.key)].checked = true;
    radios[Number(event.key)].focus();
  });
  return { node, value: () => { const found = radios.findIndex((radio) => radio.checked); return found < 0 ? null : found; } };
}

function entryCard(diary, editing, path, draw) {
  const said = editing?.said;
  const scales = Object.fromEntries(ITEMS.map((item) => [item, Object.fromEntries(WHEN.map((when) => [when, scale(item, when, said?.[item][when] ?? null)]))]));
  const windows = [24, 168].map((hours) => element("option", { value: hours, selected: hours === (said?.window_h ?? 24) }, t(`course.pain.window.${hours}`)));
  const over = element("select", { id: "course-pain-window" }, ...windows);
  const note = element("input", { id: "course-pain-note", maxlength: 1000, value: said?.note ?? "" });
  const entry = editing?.entry ?? newRequest();
  const form = element("form", { class: "course-form" },
    ...ITEMS.map((item) => element("fieldset", {}, element("legend", {}, element("strong", {}, t(`course.pain.${item}`))),
      element("div", { class: "course-pain" }, ...WHEN.map((when) => scales[item][when].node)))),
    element("p", { class: "quiet" }, t("course.pain.ends")),
    element("div", { class: "course-fields" },
      element("div", {}, element("label", { for: "course-pain-window" }, t("course.pain.window")), over),
      element("div", {}, element("label", { for: "course-pain-note" }, t("course.pain.note")), note)),
    element("p", { class: "row" }, element("button", { class: "main" }, t(editing ? "course.pain.change" : "course.pain.keep")),
      editing ? element("button", { type: "button", onclick: () => draw(diary) }, t("course.pain.cancel")) : ""));
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const values = (item) => Object.fromEntries(WHEN.map((when) => [when, scales[item][when].value()]));
    const kept = await tried(() => post(path, {
      entry, revision: editing?.revision ?? 0,
      said: { at: said?.at ?? new Date().toISOString(), window_h: Number(over.value), residual: values("residual"), phantom: values("phantom"), note: note.value },
    }));
    if (kept) draw(kept);
  });
  return element("section", { class: "card", "aria-labelledby": "course-pain" },
    element("h2", { id: "course-pain" }, editing ? t("course.pain.changing", { at: moment(said.at) }) : t("course.pain.title")),
    element("p", { class: "quiet" }, t("course.pain.about")), form);
}

function overTime(diary, keep) {
  if (diary.entries.length === 0) return "";
  const first = Date.parse(diary.entries[0].said.at);
  const span = [first - DAY_MS, Math.max(Date.parse(diary.entries.at(-1).said.at), first + 6 * DAY_MS) + DAY_MS];
  return element("section", { class: "card", "aria-labelledby": "course-pain-time" },
    element("h2", { id: "course-pain-time" }, t("course.pain.over_time")),
    ...ITEMS.flatMap((item) => [element("h3", {}, t(`course.pain.${item}`)), keep(chart(t("course.pain.plot_told", { item: t(`course.pain.${item}`), count: diary.entries.length }), (width) => {
      const canvas = frame(width, 150, span, [0, 10]);
      const points = (when) => diary.entries.map(({ said }) => ({ x: Date.parse(said.at), y: said[item][when], title: `${moment(said.at)}: ${said[item][when] ?? "–"}` }));
      const count = Math.max(2, Math.floor(width / 110));
      const ticks = Array.from({ length: count }, (_, index) => span[0] + ((index + 0.5) / count) * (span[1] - span[0]));
      return picture(canvas, xAxis(canvas, ticks, (time) => day(new Date(time).toISOString())), yAxis(canvas, [0, 5, 10], String),
        line(canvas, points("worst")), line(canvas, points("average"), "second"));
    }))]),
    element("p", { class: "quiet" }, t("course.pain.lines")));
}

function others(diary, keep) {
  const to = Math.max(...diary.published.map((share) => share.week)) + 4;
  const told = diary.published.map((share) => t("course.published_one", { percent: number(share.percent, 0), week: number(share.week, 0) })).join("; ");
  return element("section", { class: "card", "aria-labelledby": "course-others" },
    element("h2", { id: "course-others" }, t("course.published")),
    element("p", {}, t("course.published_about")),
    keep(chart(told, (width) => {
      const canvas = frame(width, 130, [0, to], [0, 100]);
      return picture(canvas, xAxis(canvas, steps(0, to, width / 60), (week) => number(week, 0)), yAxis(canvas, [0, 50, 100], (one) => `${one} %`),
        svg("g", { class: "others" }, ...diary.published.flatMap((share) => [
          svg("rect", { class: "bar", x: canvas.x(share.week) - 12, width: 24, y: canvas.y(share.percent), height: canvas.floor - canvas.y(share.percent) }),
          svg("text", { x: canvas.x(share.week), y: canvas.y(share.percent) - 4, "text-anchor": "middle" }, `${number(share.percent, 0)} %`)])));
    })),
    element("p", { class: "quiet" }, t("course.weeks_axis"), " ", t("course.published_source")));
}

function flagCard(diary, board, path, draw) {
  const flag = diary.flag;
  const change = async (work) => { const kept = await tried(work); if (kept) draw(kept); };
  if (!board.is_clinician) {
    if (!flag.offered) return "";
    return element("section", { class: "card" }, element("h2", {}, t("course.flag.title")),
      element("p", {}, t("course.flag.offered", { worst: flag.worst_from, rise: number(flag.rise_from) })),
      button(t(flag.agreed ? "course.flag.no_longer" : "course.flag.agree"), () => change(() => post(`${path}/flag/agreement`, { version: flag.version, agreed: !flag.agreed }))));
  }
  const worst = element("input", { id: "course-flag-worst", type: "number", min: 1, max: 10, value: flag.worst_from });
  const rise = element("input", { id: "course-flag-rise", type: "number", min: 0.5, max: 10, step: 0.5, value: flag.rise_from });
  const offer = (offered) => change(() => put(`${path}/flag`, { version: flag.version, offered, worst_from: Number(worst.value), rise_from: Number(rise.value) }));
  return element("section", { class: "card" }, element("details", {}, element("summary", {}, t("course.flag.title"), ": ",
    t(flag.offered ? (flag.agreed ? "course.flag.on" : "course.flag.waits") : "course.flag.off")),
    element("p", {}, t("course.flag.about")),
    element("div", { class: "course-fields course-form" },
      element("div", {}, element("label", { for: "course-flag-worst" }, t("course.flag.worst_from")), worst),
      element("div", {}, element("label", { for: "course-flag-rise" }, t("course.flag.rise_from")), rise)),
    element("p", { class: "row" }, button(t("course.flag.offer"), () => offer(true)), flag.offered ? button(t("course.flag.take_away"), () => offer(false)) : "")));
}

function list(diary, path, draw) {
  return element("section", { class: "card", "aria-labelledby": "course-pain-list" },
    element("h2", { id: "course-pain-list" }, t("course.pain.entries")),
    diary.entries.length === 0 ? element("p", { class: "quiet" }, t("course.pain.none")) : "", entries(diary.entries.toReversed().slice(0, NEWEST)),
    diary.entries.length > NEWEST ? element("details", {}, element("summary", {}, t("course.pain.earlier")), entries(diary.entries.toReversed().slice(NEWEST, MOST))) : "");

  function entries(some) {
    return element("ul", { class: "course-list" }, ...some.map((entry) => element("li", {},
        element("strong", {}, moment(entry.said.at)), entry.marked ? element("span", { class: "course-stage warn" }, t("course.flag.mark")) : "",
        ...ITEMS.map((item) => element("p", {}, `${t(`course.pain.${item}`)}: ${WHEN.map((when) => `${t(`course.pain.${when}`)} ${entry.said[item][when] ?? "–"}`).join(", ")}`)),
        entry.said.note ? element("p", {}, entry.said.note) : "",
        element("p", { class: "quiet" }, t("course.pain.by", { author: entry.author }), entry.revision > 1 ? ` · ${t("course.pain.revised", { times: entry.revision - 1 })}` : ""),
        element("p", { class: "row" },
          element("button", { type: "button", "aria-label": t("course.pain.edit_of", { at: moment(entry.said.at) }), onclick: () => { draw(diary, entry); scrollTo({ top: 0 }); } }, t("course.pain.edit")),
          button(t("course.pain.remove"), async () => {
            const kept = await tried(() => remove(`${path}/entries/${entry.entry}?revision=${entry.revision}`));
            if (kept) draw(kept);
          }, { "aria-label": t("course.pain.remove_of", { at: moment(entry.said.at) }) })))));
  }
}
