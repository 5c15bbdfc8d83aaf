// Calibration through the running controller, from the first prompt to the swap and back. What is shown is the
// controller's own state: a page that is opened in the middle, or a second one, shows the same.
import { get } from "../js/api.js";
import { section, startForm } from "../js/calibration/parts.js";
import { confusion, errors, map, shadow } from "../js/calibration/result.js";
import { promptStage } from "../js/calibration/stage.js";
import { ask, follow, mayRecord } from "../js/calibration/standing.js";
import { trialLines, trialTable } from "../js/calibration/trials.js";
import { element, linkStyle } from "../js/dom.js";
import { t } from "../js/i18n.js";
import { say } from "../js/say.js";

export async function show(root, context) {
  await linkStyle("/static/css/calibrate.css");
  if (context.person.role !== "clinician") return (await import("./phone.js")).show(root, context);
  const { live } = context;
  const plan = (await get("/calibration")).plan;
  const said = element("p", { class: "quiet", id: "calibration-said", role: "status", lang: "en" });
  const place = element("div", { id: "calibration" });
  root.append(element("h1", {}, t("calibrate.title")), said, place);
  let phase = null;
  let view = {};

  const button = (id, kind, action, more) => element("button", { id, type: "button", class: kind, onclick: () => ask(action, more) }, t(`calibrate.do.${action}`));
  const cancel = () => button("calibrate-cancel", "", "cancel");

  const VIEWS = {
    none: () => ({ parts: [element("p", { class: "card" }, t("calibrate.no_controller"))] }),
    idle: (state) => {
      const form = startForm(plan, ask);
      return { parts: [form.root, section("running", trainedOn(state)), keptList()], take: (_, status) => form.allow(mayRecord(status)) };
    },
    recording: () => {
      const stage = promptStage(live);
      const lines = element("div", { id: "trial-lines" });
      return {
        parts: [stage.root, lines, element("p", {}, cancel())],
        take: (state) => { stage.take(state); lines.replaceChildren(trialLines(state.trials)); },
        end: stage.end,
      };
    },
    working: (state) => {
      const bar = element("progress", { max: 1, "aria-label": t(`calibrate.phase.${state.phase}`) });
      return {
        parts: [element("section", { class: "card" }, element("h2", {}, t(`calibrate.phase.${state.phase}`)), bar,
          state.phase === "swapping" ? null : element("p", {}, cancel()))],
        take: (newest) => { if (newest.progress > 0) bar.value = newest.progress; else bar.removeAttribute("value"); },
      };
    },
    recorded: () => {
      const table = element("div");
      const row = element("p", { class: "row" });
      return {
        parts: [section("trials", table, row)],
        take: (state) => {
          table.replaceChildren(trialTable(state.trials, true));
          const bad = state.trials.filter((trial) => trial.verdict === "redo").map((trial) => trial.trial);
          row.replaceChildren(...[
            bad.length ? element("button", { id: "calibrate-redo", type: "button", onclick: () => ask("redo", { trials: bad }) },
              t("calibrate.do.redo", { count: bad.length })) : null,
            button("calibrate-fit", "main", "fit"), cancel()].filter(Boolean));
        },
      };
    },
    shadow: (state) => {
      const compared = element("div");
      const found = element("div", { class: "cards" });
      let newest = state;
      get("/calibration").then(({ result }) => {
        if (result) found.replaceChildren(...[section("map", map(result)), section("confusion", confusion(result))]);
      }).catch((error) => say(error.message));
      return {
        parts: [
          section("compare", errors(newest.fit), compared, element("p", { class: "row" }, button("calibrate-swap", "main", "swap"), cancel())),
          found,
          section("trials", trialTable(newest.trials, true)),
        ],
        take: (state_now) => { newest = state_now; if (newest.shadow) compared.replaceChildren(shadow(newest.shadow)); },
      };
    },
  };

  function trainedOn(state) {
    return element("div", {}, element("p", {}, t("calibrate.trained_on", { what: state.trained_on })),
      state.may_go_back ? button("calibrate-back", "", "back") : element("p", { class: "quiet" }, t("calibrate.nothing_before")));
  }

  function keptList() {
    const list = element("div", {}, element("p", { class: "quiet" }, t("calibrate.none_kept")));
    get("/calibration/kept").then((kept) => {
      if (!kept.length) return;
      list.replaceChildren(element("ul", { class: "plain" }, ...kept.slice(0, 8).map((one) => element("li", {}, element("details", {},
        element("summary", {}, t(one.in_force ? "calibrate.kept_used" : "calibrate.kept_unused", {
          at: new Date(one.at).toLocaleString(document.documentElement.lang), by: one.by, trials: one.trials.length })),
        errors(one.fit), one.result ? map(one.result) : null, one.result ? confusion(one.result) : null, trialTable(one.trials, false))))));
    }).catch((error) => say(error.message));
    return section("kept", list);
  }

  const WORKING = ["scoring", "fitting", "swapping"];
  const end = follow(live, (state, status) => {
    const now = state === null ? "none" : WORKING.includes(state.phase) ? `working ${state.phase}` : state.phase;
    said.textContent = state?.what ?? "";
    if (now !== phase) {
      view.end?.();
      phase = now;
      place.dataset.phase = state?.phase ?? "none";
      view = VIEWS[now.split(" ")[0]](state, status);
      place.replaceChildren(...view.parts);
    }
    view.take?.(state, status);
  });
  return () => { end(); view.end?.(); };
}
