// One touch right after the arm did what was not meant, by whoever wears it.
import { get } from "../../js/api.js";
import { element } from "../../js/dom.js";
import { t } from "../../js/i18n.js";
import { markNotMeant } from "../../js/not_meant.js";
import { say } from "../../js/say.js";

export function notMeant() {
  const press = async () => {
    button.disabled = true;
    try {
      const { wearer_id } = await get("/present");
      if (wearer_id === null) throw new Error(t("live.not_meant.nobody"));
      say(await markNotMeant(wearer_id));
    } catch (error) {
      say(t("live.not_done", { why: error.message }));
    } finally {
      button.disabled = false;
      button.focus({ preventScroll: true });
    }
  };
  const button = element("button", { type: "button", id: "not-meant", onclick: press }, t("shell.not_meant"));
  return button;
}
