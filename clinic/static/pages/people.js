// Who is who: wearers, phones, proposals, accounts, what was done. What is drawn anew is drawn from the API.
import { get } from "../js/api.js";
import { element, linkStyle } from "../js/dom.js";
import { t } from "../js/i18n.js";
import { drawAccounts } from "./people/accounts.js";
import { drawDevices } from "./people/devices.js";
import { drawLog } from "./people/log.js";
import { drawOwn } from "./people/own.js";
import { drawProposals } from "./people/proposals.js";
import { drawWearers } from "./people/wearers.js";

const SECTIONS = {
  clinician: [["wearers", drawWearers], ["proposals", drawProposals], ["devices", drawDevices], ["accounts", drawAccounts],
    ["own", drawOwn], ["log", drawLog]],
  wearer: [["proposals", drawProposals], ["devices", drawDevices], ["own", drawOwn]],
};

export async function show(root, context) {
  await linkStyle("/static/css/people.css");
  const places = new Map();
  // What the sections share. `chosen`: the wearer whose proposals and phones are shown.
  const board = {
    person: context.person, is_clinician: context.person.role === "clinician", wearers: [], present: null, chosen: null,
    ended: false, endings: [],
    nameOf: (wearer_id) => board.wearers.find((wearer) => wearer.id === wearer_id)?.name ?? "",
    async refresh() {
      [board.wearers, board.present] = await Promise.all([get("/wearers"), get("/present")]);
      if (!board.wearers.some((wearer) => wearer.id === board.chosen)) {
        board.chosen = board.present.wearer_id ?? board.wearers[0]?.id ?? null;
      }
      for (const end of board.endings.splice(0)) end();
      await Promise.all([...places].map(async ([draw, place]) => { if (!board.ended) await draw(place, board); }));
    },
  };
  const columns = element("div", { class: "people-columns" });
  for (const [name, draw] of SECTIONS[context.person.role]) {
    const place = element("div", { class: "people-form" });
    places.set(draw, place);
    columns.append(element("section", { class: "card", "aria-labelledby": `people-${name}` },
      element("h2", { id: `people-${name}` }, t(`people.${name}`)), place));
  }
  root.append(element("h1", {}, t("people.title")), columns);
  await board.refresh();
  return () => {
    board.ended = true;
    for (const end of board.endings) end();
  };
}
