// What is drafted is proposed to the wearer instead of applied: it comes into force when the wearer accepts it.
import { get, post } from "../../js/api.js";
import { element } from "../../js/dom.js";
import { t } from "../../js/i18n.js";
import { say } from "../../js/say.js";

export function propose(draft, reason) {
  const button = element("button", { type: "button" }, t("tune.propose"));
  button.addEventListener("click", async () => {
    if (!reason.value.trim()) {
      say(t("tune.reason_missing"));
      reason.focus();
      return;
    }
    button.disabled = true;
    try {
      const { wearer_id } = await get("/present");
      if (wearer_id === null) throw new Error(t("tune.propose_to_nobody"));
      await post("/proposals", { wearer_id, values: draft.change(), reason: reason.value.trim() });
      say(t("tune.proposed"));
    } catch (error) {
      say(error.message);
    } finally {
      button.disabled = false;
    }
  });
  return button;
}
