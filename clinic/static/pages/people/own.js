// One's own account: password, other sign-ins, for wearers their data.
import { get, post, put } from "../../js/api.js";
import { element } from "../../js/dom.js";
import { t } from "../../js/i18n.js";
import { say } from "../../js/say.js";
import { newPassword } from "./accounts.js";
import { row } from "./devices.js";
import { button, field, folded, form } from "./parts.js";
import { exported } from "./wearers.js";

export async function drawOwn(place, board) {
  const present = field(t("people.present_password"), "password", { required: true, autocomplete: "current-password" });
  const password = newPassword();
  const change = form(t("people.change_password"), [present, password], async () => {
    await put("/me/password", { present: present.control.value, password: password.control.value });
    change.reset();
    say(t("people.password_changed"));
    await board.refresh();
  });
  const found = board.is_clinician ? await get("/sign-ins") : [];
  place.replaceChildren(
    element("p", {}, t("people.signed_in_as", { name: board.person.name })),
    ...(board.is_clinician ? [element("ul", { class: "people-list" }, ...found.map((entry) => row(entry, board)))]
      : [element("p", {}, exported(board.person.wearer_id))]),
    folded(t("people.change_password"), change),
    element("div", { class: "people-row" }, button(t("people.sign_out_everywhere"), async () => {
      await post("/sign-out-everywhere");
      location.reload();
    })));
}
