// What was proposed to a wearer: the wearer accepts or refuses, a clinician takes back.
import { get, post } from "../../js/api.js";
import { element } from "../../js/dom.js";
import { number, t } from "../../js/i18n.js";
import { say } from "../../js/say.js";
import { button, field, folded, moment, nothing } from "./parts.js";

export async function drawProposals(place, board) {
  const wearer_id = board.is_clinician ? board.chosen : board.person.wearer_id;
  const found = wearer_id === null ? [] : await get(`/proposals?wearer_id=${wearer_id}`);
  const open = found.filter((proposal) => proposal.state === "open" || proposal.state === "accepting");
  const over = found.filter((proposal) => !open.includes(proposal));
  place.replaceChildren(
    element("p", { class: "quiet" },
      board.is_clinician ? t("people.proposals_of", { name: board.nameOf(wearer_id) }) : t("people.proposals_yours")),
    open.length ? list(open, board) : nothing("people.no_proposals"),
    ...(over.length ? [folded(t("people.proposals_over", { count: over.length }), list(over, board))] : []));
}

function list(proposals, board) {
  return element("ul", { class: "people-list" }, ...proposals.map((proposal) => row(proposal, board)));
}

function row(proposal, board) {
  return element("li", {},
    element("p", {}, element("strong", {}, proposal.reason)),
    element("p", { class: "quiet" }, t("people.proposed_by", { who: proposal.made_by, when: moment(proposal.made), until: moment(proposal.until) })),
    element("dl", {}, ...entries(proposal.values).flatMap(([key, value]) => [element("dt", {}, key), element("dd", {}, value)])),
    proposal.state === "open" ? deciding(proposal, board)
      : element("p", {}, element("span", { class: "people-tag" }, t(`people.state.${proposal.state}`)), " ",
        proposal.decided ? t("people.decided", { who: proposal.decided_by, when: moment(proposal.decided) }) : ""),
    proposal.answer ? element("p", { class: "warn" }, proposal.answer) : null);
}

// {gain: {elbow: 0.5}, ramp_ms: 100} as ["gain, elbow", "0.5"], ["ramp", "100 ms"]; what is not set is left out.
function entries(values) {
  const shown = (key, value) => t(`people.value.${key}`, { value: number(value, 2) });
  return Object.entries(values).flatMap(([key, value]) => {
    if (value === null) return [];
    if (typeof value === "object") {
      return Object.entries(value).map(([name, each]) => [`${t(`people.key.${key}`)}, ${wordFor(name)}`, shown(key, each)]);
    }
    return [[t(`people.key.${key}`), shown(key, value)]];
  });
}

// Joints and motions by their words in the shell, where they have any.
function wordFor(name) {
  const word = t(`shell.words.${name}`);
  return word.startsWith("shell.") ? name : word;
}

function deciding(proposal, board) {
  const decide = (what, body) => async () => {
    const told = await post(`/proposals/${proposal.id}/${what}`, body);
    say(told.state === "open" ? t("people.not_taken", { why: told.answer }) : t(`people.done.${told.state}`));
    await board.refresh();
  };
  if (board.is_clinician) return element("div", { class: "people-row" }, button(t("people.withdraw"), decide("withdraw", {})));
  const why = field(t("people.refuse_why"), "text", { maxlength: 500 });
  return element("div", { class: "people-form" },
    element("div", { class: "people-row" }, button(t("people.accept"), decide("accept", {}), { class: "main" })),
    folded(t("people.refuse"), why.row, element("div", { class: "people-row" },
      button(t("people.refuse_go"), async () => decide("refuse", { reason: why.control.value })()))));
}
