import { get, post } from "../js/api.js";
import { form, whose } from "../js/assess/form.js";
import { results, sentence } from "../js/assess/results.js";
import { task } from "../js/assess/task.js";
import { element, linkStyle } from "../js/dom.js";
import { t } from "../js/i18n.js";
import { onKey } from "../js/keys.js";
import { say } from "../js/say.js";

const OVER = ["finished", "aborted"];

export async function show(root, { live }) {
  const [setup, wearer] = await Promise.all([get("/assess/tests"), whose(), linkStyle("/static/css/assess.css")]);
  const place = element("div", { class: "place" });
  const found = element("p", { class: "found card", role: "status", hidden: true });
  const below = element("div");
  root.append(element("h1", {}, t("assess.title")), found, place, below);
  if (wearer === null) {
    place.append(element("p", { class: "card" }, t("assess.nobody")));
    return undefined;
  }
  let running = null;
  let asking = null;
  let newest = null;
  let frame = 0;
  let over = "";

  const ask = async (path) => {
    try {
      take(await post(path));
    } catch (error) {
      say(error.message);
    }
  };
  const begin = () => ask("/assess/begin");
  const abort = () => ask("/assess/abort");

  async function show_results() {
    const shown = await results(wearer);
    below.replaceChildren(shown.node);
    return shown.newest;
  }

  function show_form() {
    running = null;
    asking?.end();
    asking = null;
    if (!wearer.wears_now) {
      place.replaceChildren(element("p", { class: "card" }, t("assess.not_worn")));
    } else if (setup.joints.length === 0) {
      place.replaceChildren(element("p", { class: "card" }, t("assess.no_joints")));
    } else {
      asking = form(setup, wearer, take);
      place.replaceChildren(asking.node);
    }
  }

  // The last word of a test comes once it is kept.
  async function end(now) {
    over = now.run;
    show_form();
    found.hidden = false;
    found.textContent = t(`assess.ended.${now.ended}`);
    if (now.record === null) return;
    try {
      const [taken] = await Promise.all([get(`/assess/results/${now.record}`), show_results()]);
      found.replaceChildren(element("strong", {}, t(`assess.ended.${now.ended}`)), " ", sentence(taken));
      found.scrollIntoView({ block: "nearest" });
    } catch (error) {
      say(error.message);
    }
  }

  function draw() {
    frame = 0;
    const now = newest;
    if (now.stage === "none" || now.stage === "busy" || now.run === over) {
      if (running !== null || asking === null) show_form();
      return;
    }
    if (OVER.includes(now.stage)) {
      if (running?.run === now.run) end(now);
      else if (asking === null) show_form();
      return;
    }
    if (running?.run !== now.run) {
      asking?.end();
      asking = null;
      found.hidden = true;
      running = task(now, setup, { begin, abort });
      place.replaceChildren(running.node);
      running.node.focus();
    }
    running.draw(now);
  }

  function take(now) {
    newest = now;
    if (frame === 0) frame = requestAnimationFrame(draw);
  }

  take(await get("/assess/state"));
  const shown = show_results();
  const ends = [live.on("assessment", take), onKey("b", t("assess.begin"), begin), onKey("x", t("assess.abort"), () => { if (running) abort(); })];
  await shown;
  return () => {
    cancelAnimationFrame(frame);
    asking?.end();
    ends.forEach((stop) => stop());
  };
}
