// What the decoder takes the signals for, and what becomes of it: scores, intent before and after shaping.
import { element } from "../../js/dom.js";
import { has, number, t, words } from "../../js/i18n.js";

const percent = (share) => `${number(100 * share, 0)} %`;
const NUMBERS_EVERY_MS = 200;

function scoreRow(name) {
  const bar = element("span", { class: "bar-fill" });
  const said = element("span", { class: "bar-number" });
  const row = element("li", { class: "bar-row" }, element("span", { class: "bar-name" }, words(name)),
    element("span", { class: "bar" }, bar), said);
  return { name, row, bar, said };
}

function jointRow(name) {
  const before = element("span", { class: "wish before" });
  const after = element("span", { class: "wish after" });
  const said = element("span", { class: "bar-number" });
  const cut = element("span", { class: "cut quiet" });
  const row = element("li", { class: "bar-row" }, element("span", { class: "bar-name" }, words(name)),
    element("span", { class: "bar middle" }, before, after), said, cut);
  return { name, row, before, after, said, cut };
}

// From the middle of its bar to the right, or to the left.
function reach(bar, share) {
  const bounded = Math.min(Math.max(share, -1), 1);
  bar.style.transform = `scaleX(${bounded / 2})`;
}

export function decision(live) {
  const decided = element("p", { class: "decided" });
  const scores = element("ul", { class: "bars" });
  const wishes = element("ul", { class: "bars" });
  const root = element("section", { class: "card live-decision", "aria-labelledby": "decision-title" },
    element("h2", { id: "decision-title" }, t("live.decision")), decided, scores,
    element("h3", {}, t("live.intent")),
    element("p", { class: "quiet legend" }, element("span", { class: "key before" }), t("live.before_shaping"),
      element("span", { class: "key after" }), t("live.after_shaping")), wishes);
  let score_rows = [];
  let joint_rows = [];
  let told = "";
  let told_joints = "";
  let numbers_at = 0;

  function build(classes, joints) {
    if (classes.join() !== told) {
      told = classes.join();
      score_rows = classes.map(scoreRow);
      scores.replaceChildren(...score_rows.map(({ row }) => row));
    }
    if (joints.join() !== told_joints) {
      told_joints = joints.join();
      joint_rows = joints.map(jointRow);
      wishes.replaceChildren(...joint_rows.map(({ row }) => row));
    }
  }

  return {
    root,
    draw(now) {
      const signal = live.newest("signal");
      const status = live.newest("controller_status");
      if (!signal || !status) return;
      build(status.classes, Object.keys(signal.shaped));
      const with_numbers = now - numbers_at > NUMBERS_EVERY_MS;
      if (with_numbers) {
        numbers_at = now;
        decided.textContent = t("live.decided", { motion: words(signal.decided), sure: percent(signal.confidence),
          effort: number(signal.effort, 1, 1) });
      }
      score_rows.forEach(({ name, row, bar, said }, place) => {
        const score = signal.scores[place] ?? 0;
        bar.style.transform = `scaleX(${score})`;
        row.classList.toggle("is-decided", name === signal.decided);
        if (with_numbers) said.textContent = percent(score);
      });
      for (const { name, before, after, said, cut } of joint_rows) {
        reach(before, signal.intent[name] ?? 0);
        reach(after, signal.shaped[name] ?? 0);
        if (!with_numbers) continue;
        said.textContent = t("live.wish", { before: percent(signal.intent[name] ?? 0), after: percent(signal.shaped[name] ?? 0) });
        const why = signal.cuts[name];
        const key = `live.cut.${why?.replaceAll(" ", "_")}`;
        cut.textContent = why ? t("live.cut_by", { why: has(key) ? t(key) : why }) : "";
      }
    },
    end() {},
  };
}
