// The wearers: who wears the arm, what is known of each, export, deletion.
import { call, post, put, remove } from "../../js/api.js";
import { element } from "../../js/dom.js";
import { t } from "../../js/i18n.js";
import { say } from "../../js/say.js";
import { button, field, folded, form, nothing } from "./parts.js";

export function drawWearers(place, board) {
  const list = element("ul", { class: "people-list" }, ...board.wearers.map((wearer) => row(wearer, board)));
  place.replaceChildren(board.wearers.length ? list : nothing("people.no_wearers"),
    folded(t("people.add_wearer"), editor(null, t("people.add"), async (values) => {
      await post("/wearers", values);
      await board.refresh();
    })));
}

function row(wearer, board) {
  const wears = board.present.wearer_id === wearer.id;
  const state = wears
    ? element("span", { class: "people-tag good" }, t("people.wears_now"))
    : button(t("people.set_present"), async () => {
      await put("/present", { wearer_id: wearer.id });
      board.chosen = wearer.id;
      await board.refresh();
    });
  return element("li", {},
    element("div", { class: "people-row" }, element("strong", {}, wearer.name), state,
      wearer.keeps_raw_emg ? element("span", { class: "quiet" }, t("people.raw_agreed")) : null),
    wearer.note ? element("p", { class: "quiet" }, wearer.note) : null,
    element("div", { class: "people-row" }, exported(wearer.id)),
    folded(t("people.change"), editor(wearer, t("people.save"), async (values) => {
      await call("PATCH", `/wearers/${wearer.id}`, values);
      await board.refresh();
    })),
    folded(t("people.delete_wearer"), deletion(wearer, board)));
}

export function exported(wearer_id) {
  return element("a", { href: `/api/wearers/${wearer_id}/export`, download: `wearer-${wearer_id}.zip` }, t("people.export"));
}

function editor(wearer, label, send) {
  const name = field(t("people.name"), "text", { value: wearer?.name, required: true, maxlength: 100, autocomplete: "off" });
  const note = field(t("people.note"), "textarea", { value: wearer?.note, maxlength: 2000 });
  const raw = field(t("people.raw"), "checkbox", { checked: wearer?.keeps_raw_emg ?? false });
  return form(label, [name, note, raw], () => send({
    name: name.control.value.trim(), note: note.control.value, keeps_raw_emg: raw.control.checked,
  }));
}

function deletion(wearer, board) {
  const again = field(t("people.delete_again", { name: wearer.name }), "text", { autocomplete: "off" });
  const go = button(t("people.delete_go"), async () => {
    await remove(`/wearers/${wearer.id}?name=${encodeURIComponent(again.control.value)}`);
    say(t("people.deleted", { name: wearer.name }));
    await board.refresh();
  }, { disabled: true, class: "bad" });
  again.control.addEventListener("input", () => { go.disabled = again.control.value !== wearer.name; });
  return element("div", { class: "people-danger people-form" }, element("p", {}, t("people.delete_what")),
    element("p", {}, exported(wearer.id)), again.row, element("div", { class: "people-row" }, go));
}
