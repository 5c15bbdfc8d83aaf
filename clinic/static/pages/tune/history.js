// What was in force, newest first: what changed, who, why; and the way back.
import { get, post } from "../../js/api.js";
import { element } from "../../js/dom.js";
import { language, t } from "../../js/i18n.js";
import { say } from "../../js/say.js";
import { label, shownValue } from "./controls.js";

const SHOWN = 15;

export function history(draft, reason) {
  const list = element("ol", { class: "tune-history" });
  const older = element("button", { type: "button", hidden: true, onclick: () => load(list.lastElementChild?.dataset.id) }, t("tune.older"));
  const root = element("details", { class: "card" }, element("summary", {}, element("h2", {}, t("tune.history"))), list, older);
  const when = new Intl.DateTimeFormat(language(), { dateStyle: "medium", timeStyle: "short" });
  root.addEventListener("toggle", () => { if (root.open) load(); });

  function entry(one) {
    const changes = [...one.changes.map(({ key, before, after }) =>
      `${label(key)}: ${shownValue(key, before)} → ${shownValue(key, after)}`), ...one.locks];
    const current = one.version === draft.state?.version;
    return element("li", { "data-id": one.id },
      element("p", {}, element("strong", {}, t("tune.version", { version: one.version })), ` ${one.author}, `,
        element("time", { datetime: one.at }, when.format(new Date(one.at))), one.kept ? null : ` · ${t("tune.not_kept")}`),
      one.reason ? element("p", { class: "quiet" }, one.reason) : null,
      changes.length ? element("ul", {}, ...changes.map((change) => element("li", {}, change))) : null,
      current ? null : element("button", { type: "button", onclick: () => restore(one) }, t("tune.restore", { version: one.version })));
  }

  async function load(before) {
    try {
      const found = await get(`/profile/history?count=${SHOWN}${before ? `&before=${before}` : ""}`);
      const made = found.map(entry);
      if (before) list.append(...made);
      else list.replaceChildren(...made);
      older.hidden = found.length < SHOWN;
    } catch (error) {
      say(error.message);
    }
  }

  async function restore(one) {
    try {
      await post("/profile/restore", { entry: one.id, version: draft.state.version, reason: reason() || t("tune.as_in", { version: one.version }) });
    } catch (error) {
      say(error.message);
    }
  }

  return { root, refresh() { if (root.open) load(); } };
}
