// Beside the sliders: what the change would have done on the last EMG. Asks again while sliding, one question at a time.
import { post } from "../../js/api.js";
import { element } from "../../js/dom.js";
import { number, t, words } from "../../js/i18n.js";
import { curves } from "./curves.js";
import { differences, sameCurves } from "./sentences.js";

const ASK_AFTER_MS = 120;
const AGAIN_MS = 3000;
const LENGTHS_S = [30, 60, 120, 300];
const PAGE = crypto.randomUUID?.() ?? String(Math.random()).slice(2);

export const ask = (values, seconds, until, part = "") => post("/what-if", { page: PAGE + part, values, seconds, until });

export function whatIf(draft, found_new) {
  const plots = curves();
  const said = element("ul", { class: "tune-says" });
  const why = element("p", { class: "quiet" });
  const basis = element("p", { class: "quiet" });
  const table = element("table", { class: "tune-figures" });
  const length = element("select", { id: "tune-length" }, ...LENGTHS_S.map((seconds) => element("option",
    { value: seconds, selected: seconds === 60 }, t("tune.seconds", { s: seconds }))));
  const status = element("p", { class: "sr", role: "status" });
  const body = element("div", {}, said, plots.root, table);
  const root = element("section", { class: "card tune-what-if" },
    element("h2", {}, t("tune.what_if")),
    element("p", { class: "row" }, element("label", { for: "tune-length" }, t("tune.length")), length,
      element("button", { type: "button", onclick: () => { until = null; soon(0); } }, t("tune.newest"))),
    basis, why, status, body,
    element("details", {}, element("summary", {}, t("tune.how")), ...["start", "false", "onset", "limits"].map((one) =>
      element("p", { class: "quiet" }, t(`tune.how.${one}`)))));
  let until = null;
  let timer = 0;
  let growing = 0;
  let asking = false;
  let again = false;
  let ended = false;
  let shown = null;

  length.addEventListener("change", () => { until = null; soon(0); });

  function soon(after_ms = ASK_AFTER_MS) {
    clearTimeout(timer);
    if (!ended) timer = setTimeout(question, after_ms);
  }

  async function question() {
    if (asking) { again = true; return; }
    asking = true;
    try {
      const answer = await ask(draft.change(), Number(length.value), until);
      if (ended) return;
      if (answer.found) show(answer.found);
      else if (!answer.replaced) {
        until = null;
        nothing(answer.why);
      }
    } catch (error) {
      if (!ended) nothing(error.message);
    } finally {
      asking = false;
      if (again) { again = false; soon(0); }
    }
  }

  function nothing(sentence) {
    why.textContent = sentence;
    body.hidden = true;
    basis.textContent = "";
    soon(AGAIN_MS);
  }

  function show(found) {
    const first = until === null;
    until = found.until;
    shown = found;
    why.textContent = "";
    body.hidden = false;
    basis.textContent = t("tune.basis", { s: number(found.counted_s, 0), rest: number(found.rest_s, 0), lost: number(found.lost_s, 1) });
    const sentences = draft.dirty && !sameCurves(found) ? differences(found) : [];
    const lines = sentences.length ? sentences : [t(draft.edited.length ? "tune.says.same" : "tune.says.nothing_changed")];
    said.replaceChildren(...lines.map((line) => element("li", {}, line)));
    // Said when the hand has left the slider for a moment, not at every step.
    clearTimeout(show.timer);
    show.timer = setTimeout(() => { if (!ended) status.textContent = lines.join(". "); }, 1500);
    plots.draw(found);
    tabulate(found);
    if (first) found_new(found);
    // As long as there is less than was asked for and nobody compares anything, the newest is taken again.
    if (!draft.dirty && found.counted_s < 0.95 * Number(length.value)) {
      clearTimeout(growing);
      growing = setTimeout(() => { if (!draft.dirty) { until = null; soon(0); } }, AGAIN_MS);
    }
  }

  function tabulate({ today, proposed, counted_s }) {
    const per_minute = (value) => number(value / Math.max(counted_s, 1) * 60, 1);
    const ms = (value) => (value === null ? "–" : number(value, 0));
    const full = (figures) => Object.entries(figures.full_speed_s).filter(([, s]) => s > 0)
      .map(([joint, s]) => `${words(joint)} ${number(s, 1)}`).join(", ") || "0";
    const rows = [
      ["false", per_minute(today.false_count), per_minute(proposed.false_count)],
      ["false_s", number(today.false_s, 1), number(proposed.false_s, 1)],
      ["onset", ms(today.onset_ms), ms(proposed.onset_ms)],
      ["unmoved", today.unmoved, proposed.unmoved],
      ["full", full(today), full(proposed)],
      ["rejected", `${number(100 * today.rejected_share, 1)} %`, `${number(100 * proposed.rejected_share, 1)} %`],
      ["moving", number(today.moving_s, 1), number(proposed.moving_s, 1)],
      ["engaged", number(today.engaged_s, 1), number(proposed.engaged_s, 1)],
    ];
    table.replaceChildren(
      element("thead", {}, element("tr", {}, element("td", {}), element("th", { scope: "col" }, t("tune.column.today")),
        element("th", { scope: "col" }, t("tune.column.proposed")))),
      element("tbody", {}, ...rows.map(([name, before, after]) => element("tr", { class: String(before) === String(after) ? "" : "differs" },
        element("th", { scope: "row" }, t(`tune.figure.${name}`)), element("td", {}, String(before)), element("td", {}, String(after))))));
  }

  soon(0);
  return {
    root, soon,
    get seconds() { return Number(length.value); },
    get until() { return until; },
    get found() { return shown; },
    colours: plots.colours,
    end() { ended = true; clearTimeout(timer); clearTimeout(growing); clearTimeout(show.timer); plots.end(); },
  };
}
