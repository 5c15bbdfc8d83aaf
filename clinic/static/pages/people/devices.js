// Where a wearer is signed in, and pairing a phone by code and PIN.
import { get, post, remove } from "../../js/api.js";
import { element } from "../../js/dom.js";
import { t } from "../../js/i18n.js";
import { button, field, moment, nothing, wearersOf } from "./parts.js";

const ASKED_EVERY_MS = 2000;

export async function drawDevices(place, board) {
  const wearer_id = board.is_clinician ? board.chosen : board.person.wearer_id;
  const found = wearer_id === null ? [] : await get(`/sign-ins?wearer_id=${wearer_id}`);
  const pairing = element("div", { class: "people-form" });
  place.replaceChildren(
    ...(board.is_clinician && board.wearers.length ? [chooser(board)] : []),
    found.length ? element("ul", { class: "people-list" }, ...found.map((entry) => row(entry, board))) : nothing("people.no_devices"),
    // A paired phone pairs no other.
    ...(wearer_id === null || found.some((entry) => entry.here && entry.device) ? [] : [element("div", { class: "people-row" },
      button(t("people.pair"), () => begin(pairing, wearer_id, board), { class: "main" })), pairing]));
}

function chooser(board) {
  const { control, row: shown } = field(t("people.wearer"), wearersOf(board), { value: String(board.chosen) });
  control.addEventListener("change", () => { board.chosen = Number(control.value); board.refresh(); });
  return shown;
}

export function row(entry, board) {
  return element("li", {},
    element("div", { class: "people-row" }, element("strong", {}, entry.device || t("people.browser")),
      entry.here ? element("span", { class: "people-tag" }, t("people.here")) : button(t("people.revoke"), async () => {
        await remove(`/sign-ins/${entry.id}`);
        await board.refresh();
      })),
    element("p", { class: "quiet" }, t("people.device_since", { when: moment(entry.created), used: moment(entry.used), until: moment(entry.until) })));
}

async function begin(place, wearer_id, board) {
  const opened = await post("/pairings", { wearer_id });
  const code = element("img", { class: "people-code", alt: t("people.code"), src: `data:image/svg+xml,${encodeURIComponent(opened.qr_svg)}` });
  const standing = element("p", { role: "status" }, t("people.pair_waiting", { until: moment(opened.until) }));
  let timer = 0;
  const end = () => clearInterval(timer);
  place.replaceChildren(
    ...(opened.only_here ? [element("p", { class: "warn" }, t("people.only_here"))] : []),
    element("p", {}, t("people.pair_how")), code,
    element("p", {}, t("people.pin")), element("p", { class: "people-pin" }, opened.pin),
    element("p", { class: "quiet" }, opened.url), standing,
    element("div", { class: "people-row" }, button(t("people.pair_end"), async () => {
      end();
      await remove(`/pairings/${opened.number}`);
      place.replaceChildren();
    })));
  timer = setInterval(async () => {
    const { state } = await get(`/pairings/${opened.number}`).catch(() => ({ state: "waiting" }));
    if (state === "waiting") return;
    end();
    if (state === "paired") await board.refresh();
    else place.replaceChildren(element("p", { class: "warn", role: "status" }, t("people.pair_over")));
  }, ASKED_EVERY_MS);
  board.endings.push(end);
}
