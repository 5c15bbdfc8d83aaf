// Live: how the arm stands, what is heard at each site, what is made of it, what the arm does, and how old all that is.
import { element, linkStyle } from "../js/dom.js";
import { calm, drawing } from "../js/drawing.js";
import { t } from "../js/i18n.js";
import { armView } from "./live/arm_view.js";
import { decision } from "./live/decision.js";
import { figures } from "./live/figures.js";
import { sites } from "./live/sites.js";
import { standingCard } from "./live/standing_card.js";

// Strips that scroll and an arm that turns, for people who asked their system for little motion.
const CALM_EVERY_MS = 250;

export async function show(root, { live }) {
  await Promise.all(["/static/vendor/uplot.css", "/static/css/live.css"].map(linkStyle));
  let fresh = null;
  const parts = [];
  let moved = -Infinity;
  const canvas = drawing((now) => {
    const may_move = !calm() || now - moved >= CALM_EVERY_MS;
    if (may_move) moved = now;
    for (const part of parts) if (may_move || !part.moving) part.draw(now);
    if (fresh !== null) {
      live.markShown(fresh);
      fresh = null;
    }
  });
  const column = (...makers) => {
    const made = makers.map((make) => make(live, canvas.ask));
    parts.push(...made);
    return element("div", { class: "column" }, ...made.map((part) => part.root));
  };
  root.append(element("h1", {}, t("live.title")),
    element("div", { class: "live" }, column(standingCard), column(sites, decision), column(armView, figures)));
  const ends = [
    live.on("signal", (signal) => { fresh = signal.stamp_wall_ms; canvas.ask(); }),
    live.on("state", canvas.ask),
    live.on("command", canvas.ask),
  ];
  return () => {
    ends.forEach((end) => end());
    canvas.end();
    parts.forEach((part) => part.end());
  };
}
