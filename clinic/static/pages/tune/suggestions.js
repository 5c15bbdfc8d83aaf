// What the data suggest, each with its reason and with what it would have done; a person takes it over, or does not.
import { element } from "../../js/dom.js";
import { number, t } from "../../js/i18n.js";
import { label, ofWhom, shownValue } from "./controls.js";
import { differences } from "./sentences.js";
import { ask } from "./what_if.js";

export function suggestions(draft, changed) {
  const list = element("ul", { class: "tune-suggestions" });
  const none = element("p", { class: "quiet" }, t("tune.no_suggestions"));
  const root = element("section", { class: "card" }, element("h2", {}, t("tune.suggestions")), none, list);
  let turn = 0;

  async function judged(place, one, seconds, until) {
    try {
      const answer = await ask(draft.change([[one.key, one.value]]), seconds, until, "-suggestion");
      if (!answer.found) return;
      const said = differences(answer.found);
      place.textContent = said.length ? said.join(". ") : t("tune.says.same");
    } catch { /* the reason stands there without it */ }
  }

  return {
    root,
    async draw(found, seconds) {
      const mine = ++turn;
      const may = found.suggestions.filter((one) => {
        const range = draft.told.ranges[one.key];
        return range && one.value >= range[0] && one.value <= range[1];
      });
      none.hidden = may.length > 0;
      const places = may.map(() => element("p", {}));
      list.replaceChildren(...may.map((one, index) => element("li", {},
        element("p", {}, element("strong", {}, `${label(one.key)}: ${shownValue(one.key, draft.today(one.key))} → ${shownValue(one.key, one.value)}`)),
        element("p", { class: "quiet" }, t(`tune.because.${one.why}`, { of: ofWhom(one.key),
          share: number(100 * one.figure, 0), count: number(one.figure, 0) })),
        places[index],
        element("button", { type: "button", onclick: () => { draft.remember(); draft.set(one.key, one.value); changed(); } }, t("tune.take_over")))));
      for (const [index, one] of may.entries()) {
        if (mine !== turn) return;
        await judged(places[index], one, seconds, found.until);
      }
    },
    end() { turn += 1; },
  };
}
