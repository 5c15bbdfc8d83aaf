// Tune: what may be changed, what it would have done, and how it gets into force: on trial, kept, taken back.
import { get, post } from "../js/api.js";
import { element, linkStyle, onColours } from "../js/dom.js";
import { t } from "../js/i18n.js";
import { say } from "../js/say.js";
import { controls } from "./tune/controls.js";
import { draft as newDraft } from "./tune/draft.js";
import { history } from "./tune/history.js";
import { propose } from "./tune/propose.js";
import { suggestions } from "./tune/suggestions.js";
import { trial } from "./tune/trial.js";
import { whatIf } from "./tune/what_if.js";

export async function show(root, { person, live }) {
  await Promise.all(["/static/vendor/uplot.css", "/static/css/tune.css"].map(linkStyle));
  const clinician = person.role === "clinician";
  const draft = newDraft();
  let ended = false;
  let frame = 0;
  let mine = false;

  const reason = element("input", { id: "tune-reason", maxlength: 250, autocomplete: "off" });
  const apply = element("button", { type: "button", class: "main" }, t(clinician ? "tune.apply" : "tune.try"));
  const undo = element("button", { type: "button" }, t("tune.undo"));
  const reset = element("button", { type: "button" }, t("tune.reset"));
  const proposing = clinician ? propose(draft, reason) : null;
  const conflict = element("div", { class: "card tune-conflict", role: "alert", hidden: true });
  const none = element("p", { class: "quiet" }, t("tune.no_profile"));
  const sliders = controls(draft, person, changed);
  const countdown = trial(draft);
  const suggested = suggestions(draft, changed);
  const beside = whatIf(draft, (found) => suggested.draw(found, beside.seconds));
  const past = history(draft, () => reason.value.trim());
  const actions = element("div", { class: "tune-actions" },
    clinician ? element("label", { for: "tune-reason" }, t("tune.reason")) : null, clinician ? reason : null,
    element("p", { class: "row" }, apply, proposing, undo, reset));
  const left = element("section", { class: "card tune-left-side", hidden: true },
    element("h2", {}, t(clinician ? "tune.values" : "tune.values_wearer")), sliders.root, actions);
  root.append(element("h1", {}, t("tune.title")), none, countdown.root, conflict,
    element("div", { class: "tune" }, left, element("div", { class: "tune-right" }, beside.root, suggested.root, past.root)));

  function draw() {
    frame = 0;
    const known = draft.state !== null && draft.told !== null;
    none.hidden = known;
    left.hidden = !known;
    if (!known) return;
    sliders.draw();
    const on_trial = draft.state.before !== null && draft.state.before !== undefined;
    apply.disabled = !draft.dirty || draft.overtaken || on_trial;
    if (proposing) proposing.disabled = draft.edited.length === 0;
    undo.disabled = !draft.canUndo;
    reset.disabled = !draft.dirty;
    drawConflict();
  }

  function drawConflict() {
    if (conflict.hidden !== !draft.overtaken || conflict.dataset.version !== String(draft.state.version)) {
      conflict.hidden = !draft.overtaken;
      conflict.dataset.version = String(draft.state.version);
      if (draft.overtaken) {
        const { author, version, reason: why } = draft.state;
        conflict.replaceChildren(
          element("p", {}, t(why ? "tune.conflict_why" : "tune.conflict", { author, version, why })),
          element("p", { class: "row" },
            element("button", { type: "button", class: "main", onclick: () => { draft.rebase(); changed(); } }, t("tune.keep_mine")),
            element("button", { type: "button", onclick: () => { draft.forget(); changed(); } }, t("tune.drop_mine"))));
      }
    }
  }

  function changed() {
    if (!frame && !ended) frame = requestAnimationFrame(draw);
    beside.soon();
  }

  async function reload() {
    try {
      const told = await get("/profile");
      if (ended) return;
      if (mine && told.state) { draft.forget(); mine = false; }
      draft.take(told);
      countdown.take(told.state);
      past.refresh();
      changed();
    } catch (error) {
      say(error.message);
    }
  }

  apply.addEventListener("click", async () => {
    if (clinician && !reason.value.trim()) {
      say(t("tune.reason_missing"));
      reason.focus();
      return;
    }
    apply.disabled = true;
    try {
      const body = { version: draft.version, values: draft.change(), reason: reason.value.trim() };
      if (clinician && draft.locksToSend) body.locked = draft.locksToSend;
      const done = await post("/profile", body);
      countdown.root.dataset.mine = String(done.version);
      mine = true;
      reason.value = "";
    } catch (error) {
      say(error.message);
    }
    await reload();
  });
  undo.addEventListener("click", () => { draft.undo(); changed(); });
  reset.addEventListener("click", () => { draft.forget(); changed(); });

  let heard = "";
  let classes = "";
  const ends = [
    live.on("profile", (state) => {
      const now = `${state.version} ${state.before}`;
      if (now !== heard) { heard = now; reload(); }
    }),
    live.on("controller_status", (status) => {
      const now = (status.classes ?? []).join(" ");
      if (draft.told && now && now !== classes) { classes = now; reload(); }
    }),
    onColours(beside.colours),
  ];
  await reload();
  return () => {
    ended = true;
    cancelAnimationFrame(frame);
    ends.forEach((end) => end());
    [beside, countdown, suggested].forEach((part) => part.end());
  };
}
