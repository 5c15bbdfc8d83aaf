// A profile on trial: how long it holds, and the two ways out. The controller ends it by itself.
import { post } from "../../js/api.js";
import { element } from "../../js/dom.js";
import { t } from "../../js/i18n.js";
import { say } from "../../js/say.js";

export function trial(draft) {
  const left = element("span", { class: "tune-left", "aria-hidden": "true" });
  const sentence = element("p", { role: "status" });
  const keep = element("button", { type: "button", class: "main" }, t("tune.keep"));
  const back = element("button", { type: "button" }, t("tune.take_back"));
  const root = element("section", { class: "card tune-trial", hidden: true }, left,
    element("div", {}, sentence, element("p", { class: "row" }, keep, back)));
  let ends_ms = 0;
  let version = null;
  let timer = 0;

  async function answer(kept) {
    keep.disabled = back.disabled = true;
    try {
      await post("/profile/confirm", { version, keep: kept });
    } catch (error) {
      say(error.message);
    }
    keep.disabled = back.disabled = false;
  }
  keep.addEventListener("click", () => answer(true));
  back.addEventListener("click", () => answer(false));

  function tick() {
    const seconds = Math.max(Math.ceil((ends_ms - performance.now()) / 1000), 0);
    left.textContent = seconds > 0 ? String(seconds) : "…";
    left.classList.toggle("soon", seconds <= 5);
  }

  return {
    root,
    take(state) {
      const on_trial = state !== null && state.before !== null && state.before !== undefined;
      if (on_trial && state.version !== version) {
        ends_ms = performance.now() + 1000 * state.trial_s;
        sentence.textContent = t("tune.on_trial", { version: state.version, author: state.author });
        clearInterval(timer);
        timer = setInterval(tick, 250);
        tick();
      }
      if (!on_trial) clearInterval(timer);
      version = on_trial ? state.version : null;
      root.hidden = !on_trial;
      if (on_trial && root.dataset.mine === String(version)) keep.focus();
    },
    end() { clearInterval(timer); },
  };
}
