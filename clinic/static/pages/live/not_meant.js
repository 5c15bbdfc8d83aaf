// One touch right after the arm did what was not meant: counted in the home log of the person who wears it.
import { get, newRequest, post } from "../../js/api.js";
import { element } from "../../js/dom.js";
import { t, words } from "../../js/i18n.js";
import { say } from "../../js/say.js";

export function notMeant() {
  const press = async () => {
    button.disabled = true;
    try {
      const { wearer_id, wears_now } = await get("/present");
      if (!wears_now) throw new Error(t("live.not_meant.nobody"));
      const { motion } = await post(`/wearers/${wearer_id}/home-log/marks`, { request: newRequest() });
      say(motion ? t("live.not_meant.heard", { motion: words(motion) }) : t("live.not_meant.heard_none"));
    } catch (error) {
      say(t("live.not_done", { why: error.message }));
    } finally {
      button.disabled = false;
      button.focus({ preventScroll: true });
    }
  };
  const button = element("button", { type: "button", id: "not-meant", onclick: press }, t("live.not_meant"));
  return button;
}
