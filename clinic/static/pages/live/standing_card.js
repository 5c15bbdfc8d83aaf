// The arm's state at a glance: one big sentence with a sign and a colour, why it is so, and what can be done.
import { post } from "../../js/api.js";
import { element } from "../../js/dom.js";
import { has, t, words } from "../../js/i18n.js";
import { say } from "../../js/say.js";
import { onStanding } from "../../js/standing.js";
import { notMeant } from "./not_meant.js";

// What makes sense in which state; the controller decides, and refuses with a reason.
const POSSIBLE = { engage: ["ready"], disengage: ["engaged", "holding"], clear: ["stopped", "fault"] };

export function standingCard(live) {
  const icon = element("span", { class: "big-icon", "aria-hidden": "true" });
  const word = element("strong", { class: "big-word" });
  const why = element("span", { class: "big-why" });
  const means = element("p", { class: "means" });
  const hearing = element("p", { class: "hearing warn" });
  const buttons = Object.fromEntries(Object.keys(POSSIBLE).map((name) => [name, element("button", {
    type: "button", id: `arm-${name}`, class: name === "engage" ? "main" : "", onclick: () => ask(name),
  }, t(`live.do.${name}`))]));
  const decoder = element("select", { id: "decoder", onchange: () => ask("decoder", { decoder: decoder.value }) });
  const decoder_field = element("p", { class: "row" }, element("label", { for: "decoder" }, t("live.decoder")), decoder);
  const root = element("section", { class: "card live-standing", "aria-label": t("live.state") },
    element("p", { class: "big" }, icon, element("span", {}, word, " ", why)), means, hearing,
    element("div", { class: "row" }, ...Object.values(buttons), notMeant(), decoder_field));
  let decoders = "";

  async function ask(what, body = {}) {
    try {
      await post(`/arm/${what}`, body);
    } catch (error) {
      say(t("live.not_done", { why: error.message }));
      tellDecoders(live.newest("controller_status"), true);
    }
  }

  function tellDecoders(status, again = false) {
    if (!status) return;
    const now = [...status.decoders, status.decoder_name].join();
    if (now === decoders && !again) return;
    decoders = now;
    decoder_field.hidden = status.decoders.length < 2;
    decoder.replaceChildren(...status.decoders.map((name) => element("option", {
      value: name, selected: name === status.decoder_name }, words(name))));
  }

  function tellHearing(status) {
    const said = status.hearing === "whole" ? "" : t(`live.hearing.${status.hearing}`, { sites: status.left_out.join(", ") });
    if (hearing.textContent !== said) hearing.textContent = said;
  }

  const ends = [
    onStanding(live, (now) => {
      root.dataset.tone = now.tone;
      root.dataset.standing = now.name;
      icon.textContent = now.icon;
      word.textContent = now.word;
      why.textContent = now.cause;
      means.textContent = has(`live.means.${now.name}`) ? t(`live.means.${now.name}`) : "";
      for (const [name, states] of Object.entries(POSSIBLE)) buttons[name].disabled = !states.includes(now.name);
    }),
    live.on("controller_status", (status) => { tellDecoders(status); tellHearing(status); }),
  ];
  return { root, draw() {}, end: () => ends.forEach((end) => end()) };
}
