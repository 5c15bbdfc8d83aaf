// A wearer alone: one button, each motion once, and the new model only if it is not worse and the wearer says so.
import { get } from "../js/api.js";
import { promptStage } from "../js/calibration/stage.js";
import { ask, follow, mayRecord } from "../js/calibration/standing.js";
import { trialName } from "../js/calibration/names.js";
import { trialLines } from "../js/calibration/trials.js";
import { element } from "../js/dom.js";
import { number, t } from "../js/i18n.js";
import { say } from "../js/say.js";

// Whoever begins the short calibration has it fitted too; a page that only looks on does not.
const MINE = "calibration is mine";
const MINE_FOR_MS = 5 * 60 * 1000;
const KNOWN = {
  "the new model is in force": "now_new",
  "the model before is in force again": "now_before",
};

export async function show(root, { live }) {
  const plan = (await get("/calibration")).plan;
  const place = element("div", { id: "calibration", class: "phone" });
  root.append(element("h1", {}, t("calibrate.title")), place);
  let phase = null;
  let view = {};
  let before = "";
  let still = true;

  const big = (id, key, kind, doing) => element("button", { id, type: "button", class: `big ${kind}`, onclick: doing }, t(`calibrate.${key}`));
  const cancel = () => big("calibrate-cancel", "keep_old", "", () => ask("cancel"));
  const take = (session) => sessionStorage.setItem(MINE, `${session} ${Date.now()}`);
  const mine = (session) => {
    const [whose, since] = (sessionStorage.getItem(MINE) ?? " ").split(" ");
    return whose === session && Date.now() - Number(since) < MINE_FOR_MS;
  };

  async function start(state) {
    take(state.session);
    await ask("add", { hold_s: plan.short_hold_s, rest_s: plan.short_rest_s, trials_per_motion: 1 });
  }

  function idle(state) {
    sessionStorage.removeItem(MINE);
    const seconds = number(plan.short_whole_s, 0);
    const go = big("recalibrate", "recalibrate", "main", () => start(state));
    const moves = element("p", { id: "calibrate-moves" }, t("calibrate.switch_off"));
    return {
      parts: [
        go, moves,
        element("p", {}, t("calibrate.short_how", { motions: plan.motions.length, seconds })),
        before ? element("p", { id: "calibration-said", role: "status" }, said(before)) : null,
        state.may_go_back ? big("calibrate-back", "back_to_before", "", () => ask("back")) : null,
      ],
      take: () => { go.disabled = !still; moves.hidden = still; },
    };
  }

  // The controller's own words where there is no better sentence: what went wrong.
  function said(what) {
    if (what.startsWith("cancel by")) return t("calibrate.now_as_before");
    return KNOWN[what] ? t(`calibrate.${KNOWN[what]}`) : what;
  }

  const VIEWS = {
    none: () => ({ parts: [element("p", { class: "card" }, t("calibrate.no_controller"))] }),
    idle,
    recording: () => {
      const stage = promptStage(live);
      const lines = element("div", { id: "trial-lines" });
      return {
        parts: [stage.root, lines, cancel()],
        take: (state) => { stage.take(state); lines.replaceChildren(trialLines(state.trials.slice(-1))); },
        end: stage.end,
      };
    },
    working: (state) => ({ parts: [element("p", { class: "asked", role: "status" }, t(`calibrate.phase.${state.phase}`)), element("progress", { "aria-label": t(`calibrate.phase.${state.phase}`) })] }),
    recorded: (state) => {
      const bad = state.trials.filter((trial) => trial.verdict === "redo");
      if (!bad.length && mine(state.session)) {
        ask("fit");
        return { parts: [element("p", { class: "asked", role: "status" }, t("calibrate.phase.fitting"))] };
      }
      return { parts: bad.length ? [
        element("p", { role: "status" }, t("calibrate.some_again")),
        trialLines(bad),
        big("calibrate-redo", "do_again", "main", () => { take(state.session); ask("redo", { trials: bad.map((trial) => trial.trial) }); }),
        cancel(),
      ] : [big("calibrate-fit", "do.fit", "main", () => ask("fit")), cancel()] };
    },
    shadow: () => {
      const words = element("p", { id: "verdict", class: "asked", role: "status" }, t("calibrate.why.watching"));
      const use = big("use-it", "use_it", "main", () => ask("swap"));
      const again = big("recalibrate", "start_over", "", async () => { if (await ask("cancel")) root.querySelector("#recalibrate")?.focus(); });
      use.hidden = true;
      return {
        parts: [words, use, cancel(), again],
        take: async () => {
          try {
            const { verdict } = await get("/calibration");
            if (!verdict || phase !== "shadow") return;
            const rounded = Object.fromEntries(Object.entries(verdict.values).map(([name, value]) =>
              [name, typeof value === "number" ? number(value) : value.split(", ").map((trial) => trialName({ trial })).join(", ")]));
            const text = t(`calibrate.why.${verdict.why}`, rounded);
            if (words.textContent !== text) words.textContent = text;
            use.hidden = !verdict.may_use;
            words.dataset.why = verdict.why;
          } catch (error) {
            say(error.message);
          }
        },
      };
    },
  };

  const WORKING = ["scoring", "fitting", "swapping"];
  const end = follow(live, (state, status) => {
    still = mayRecord(status);
    const now = state === null ? "none" : WORKING.includes(state.phase) ? `working ${state.phase}` : state.phase;
    before = state?.what ?? "";
    if (now !== phase) {
      view.end?.();
      phase = now;
      place.dataset.phase = state?.phase ?? "none";
      view = VIEWS[now.split(" ")[0]](state);
      place.replaceChildren(...view.parts.filter(Boolean));
    }
    view.take?.(state);
  });
  return () => { end(); view.end?.(); };
}
