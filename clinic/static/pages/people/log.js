// What was done, newest first, a page at a time.
import { get } from "../../js/api.js";
import { element } from "../../js/dom.js";
import { t } from "../../js/i18n.js";
import { button, moment } from "./parts.js";

const AT_ONCE = 25;

export async function drawLog(place, board) {
  const body = element("tbody");
  let before = null;
  const more = button(t("people.log_more"), async () => {
    const found = await get(`/audit?limit=${AT_ONCE}${before === null ? "" : `&before=${before}`}`);
    body.append(...found.map((entry) => element("tr", {}, element("td", {}, moment(entry.at)), element("td", {}, entry.who),
      element("td", {}, entry.what), element("td", {}, entry.wearer_id === null ? "" : board.nameOf(entry.wearer_id)))));
    before = found.at(-1)?.id ?? before;
    more.hidden = found.length < AT_ONCE;
  });
  const heads = ["when", "who", "what", "wearer"].map((name) => element("th", { scope: "col" }, t(`people.log_${name}`)));
  place.replaceChildren(
    element("div", { class: "people-wide", tabindex: 0, role: "group", "aria-labelledby": "people-log" },
      element("table", {}, element("thead", {}, element("tr", {}, ...heads)), body)),
    element("div", { class: "people-row" }, more));
  more.click();
}
