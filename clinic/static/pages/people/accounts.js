// Accounts: made by clinicians, disabled and enabled, with a new password for a wearer who lost it.
import { call, get, post, put } from "../../js/api.js";
import { element } from "../../js/dom.js";
import { t } from "../../js/i18n.js";
import { say } from "../../js/say.js";
import { button, field, folded, form, wearersOf } from "./parts.js";

export async function drawAccounts(place, board) {
  const found = await get("/accounts");
  place.replaceChildren(element("ul", { class: "people-list" }, ...found.map((account) => row(account, board))),
    folded(t("people.add_account"), added(board)));
}

function row(account, board) {
  const own = account.name === board.person.name;
  const words = [t(`people.role.${account.role}`), account.wearer_id === null ? null : board.nameOf(account.wearer_id),
    account.has_password ? null : t("people.no_password"), own ? t("people.yours") : null];
  return element("li", {},
    element("div", { class: "people-row" }, element("strong", {}, account.name), element("span", { class: "quiet" }, words.filter(Boolean).join(", ")),
      account.disabled ? element("span", { class: "people-tag warn" }, t("people.disabled")) : null),
    own ? null : element("div", { class: "people-row" }, button(t(account.disabled ? "people.enable" : "people.disable"), async () => {
      await call("PATCH", `/accounts/${account.id}`, { disabled: !account.disabled });
      await board.refresh();
    })),
    account.role === "wearer" ? folded(t("people.reset"), reset(account, board)) : null);
}

function reset(account, board) {
  const password = newPassword();
  return form(t("people.reset_go"), [password], async () => {
    await put(`/accounts/${account.id}/password`, { password: password.control.value });
    say(t("people.reset_done", { name: account.name }));
    await board.refresh();
  });
}

export function newPassword() {
  return field(t("people.new_password"), "password", { required: true, minlength: 8, maxlength: 200, autocomplete: "new-password" });
}

function added(board) {
  const name = field(t("people.name"), "text", { required: true, maxlength: 100, autocomplete: "off" });
  const role = field(t("people.kind"), [["wearer", t("people.role.wearer")], ["clinician", t("people.role.clinician")]]);
  const wearer = field(t("people.wearer"), wearersOf(board), { value: String(board.chosen) });
  const password = newPassword();
  role.control.addEventListener("change", () => { wearer.row.hidden = role.control.value !== "wearer"; });
  return form(t("people.add"), [name, role, wearer, password], async () => {
    const is_wearer = role.control.value === "wearer";
    await post("/accounts", {
      name: name.control.value.trim(), role: role.control.value, password: password.control.value,
      wearer_id: is_wearer ? Number(wearer.control.value) : null,
    });
    await board.refresh();
  });
}
