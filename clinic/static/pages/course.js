// The course after surgery: nerves over weeks, training, pain diary, use at home. A tab for each, #course/diary and so on.
import { get } from "../js/api.js";
import { element, linkStyle } from "../js/dom.js";
import { t } from "../js/i18n.js";
import { showDiary } from "../js/course/diary.js";
import { showHomeLog } from "../js/course/home_log.js";
import { showNerves } from "../js/course/nerves.js";
import { showTraining } from "../js/course/training.js";

const TABS = { nerves: showNerves, training: showTraining, diary: showDiary, home: showHomeLog };
let chosen = null;

export async function show(root, context) {
  await linkStyle("/static/css/course.css");
  const [wearers, present] = await Promise.all([get("/wearers"), get("/present")]);
  const wanted = location.hash.slice(1).split("/")[1];
  const tab = wanted in TABS ? wanted : "nerves";
  if (!wearers.some((wearer) => wearer.id === chosen)) chosen = present.wearer_id ?? wearers[0]?.id ?? null;
  root.append(element("div", { class: "course-head" }, element("h1", {}, t("course.title")), who(wearers)));
  if (chosen === null) {
    root.append(element("p", { class: "card" }, t("course.nobody")));
    return undefined;
  }
  root.append(element("nav", { class: "course-tabs", "aria-label": t("course.tabs") }, ...Object.keys(TABS).map((name) =>
    element("a", { href: `#course/${name}`, "aria-current": name === tab ? "true" : null }, t(`course.tab.${name}`)))));
  const place = element("div");
  root.append(place);
  const wears_now = context.person.role === "clinician" ? present.wearer_id === chosen : present.wears_now;
  const board = { wearer_id: chosen, is_clinician: context.person.role === "clinician", wears_now, live: context.live, endings: [] };
  await TABS[tab](place, board);
  return () => { for (const end of board.endings.splice(0)) end(); };
}

function who(wearers) {
  if (wearers.length < 2) return element("p", { class: "quiet" }, wearers[0]?.name ?? "");
  const select = element("select", { id: "course-wearer", onchange: () => {
    chosen = Number(select.value);
    dispatchEvent(new HashChangeEvent("hashchange"));
  } }, ...wearers.map((wearer) => element("option", { value: wearer.id, selected: wearer.id === chosen }, wearer.name)));
  return element("div", {}, element("label", { for: "course-wearer" }, t("course.wearer")), select);
}
