// Nerve, muscle and function of each channel, on a body and in a table; how well each site did, and does now.
import { get, put } from "../js/api.js";
import { element, linkStyle } from "../js/dom.js";
import { number, t } from "../js/i18n.js";
import { bodyDrawing } from "../js/sites/body.js";
import { liveLevels } from "../js/sites/live.js";
import { say } from "../js/say.js";

const VIEWS = ["front", "back"];
const MOST_CHANNELS = 64;

const named = (kind, name) => {
  const found = t(`sites.${kind}.${name}`);
  return found.startsWith("sites.") ? name.replaceAll("_", " ") : found;
};

export async function show(root, { live }) {
  await linkStyle("/static/css/sites.css");
  const [{ patterns, motions }, wearers, present] = await Promise.all([get("/sites/patterns"), get("/wearers"), get("/present")]);
  root.append(element("h1", {}, t("sites.title")));
  if (!wearers.length) {
    root.append(element("p", { class: "card" }, t("sites.no_wearer")));
    return null;
  }
  const of = element("select", { id: "site-wearer", onchange: () => load() },
    ...wearers.map((one) => element("option", { value: one.id, selected: one.id === (present.wearer_id ?? wearers[0].id) }, one.name)));
  const pattern = element("select", { id: "site-pattern" }, element("option", { value: "" }, t("sites.choose_pattern")),
    ...patterns.map((one) => element("option", { value: one.key }, t(`sites.pattern.${one.key}`))));
  const source = element("p", { class: "quiet", id: "pattern-source" });
  const standing = element("p", { class: "quiet", id: "site-standing", role: "status" });
  const keep = element("button", { id: "site-save", type: "button", class: "main", onclick: () => save() }, t("sites.save"));
  const again = element("button", { id: "site-reload", type: "button", onclick: () => load() }, t("sites.reload"));
  const add = element("button", { id: "site-add", type: "button", onclick: () => addSite() }, t("sites.add"));
  const table = element("tbody");
  const bodies = Object.fromEntries(VIEWS.map((view) => [view, bodyDrawing(view, { choose, move })]));
  let kept = { version: 0, sites: [], quality: [] };
  let sites = [];
  let used = "";
  let chosen = 0;
  let changed = false;

  const heads = ["channel", "nerve", "muscle", "function", "view_head", "health_head", "rest_head", "noise_head", "share_head", "alike_head", "live_head", "remove_head"];
  root.append(
    element("section", { class: "card" },
      element("div", { class: "fields" },
        element("p", { class: "field" }, element("label", { for: "site-wearer" }, t("sites.wearer")), of),
        element("p", { class: "field" }, element("label", { for: "site-pattern" }, t("sites.pattern_label")), pattern)),
      source, standing, element("p", { class: "row" }, keep, add, again)),
    element("div", { class: "sites" },
      element("section", { class: "card bodies", "aria-label": t("sites.bodies") }, ...VIEWS.map((view) => bodies[view].root),
        element("p", { class: "quiet" }, t("sites.move_how"))),
      element("section", { class: "card scrolls", tabindex: 0, "aria-label": t("sites.table") },
        element("table", { id: "site-table" },
          element("thead", {}, element("tr", {}, ...heads.map((head) => element("th", { scope: "col" }, t(`sites.${head}`))))), table),
        element("p", { class: "quiet" }, t("sites.how")))));

  pattern.addEventListener("change", () => {
    const one = patterns.find((candidate) => candidate.key === pattern.value);
    if (!one) return;
    sites = one.sites.map((site) => ({ ...site }));
    used = one.key;
    touched();
    draw();
  });

  function touched() {
    changed = true;
    tell();
  }

  function tell() {
    const one = patterns.find((candidate) => candidate.key === used);
    source.textContent = one ? t("sites.source", { pattern: t(`sites.pattern.${one.key}`), source: one.source }) : "";
    standing.textContent = changed ? t("sites.changed") : kept.version === 0 ? t("sites.nothing") : t("sites.kept", {
      version: kept.version, author: kept.author, at: new Date(kept.changed).toLocaleString(document.documentElement.lang) });
  }

  function choose(channel) {
    chosen = channel;
    for (const row of table.children) row.classList.toggle("chosen", Number(row.dataset.channel) === channel);
    drawBodies();
  }

  function move(channel, x, y) {
    const site = sites.find((one) => one.channel === channel);
    Object.assign(site, { x, y });
    touched();
    drawBodies();
  }

  function addSite() {
    const free = Array.from({ length: MOST_CHANNELS }, (_, place) => place + 1).find((channel) => !sites.some((site) => site.channel === channel));
    if (!free) return;
    sites.push({ channel: free, nerve: "", muscle: "", function: "", view: "front", x: 0.6, y: 0.4 });
    touched();
    draw();
    table.lastElementChild.querySelector("input").focus();
  }

  const label = (site) => t("sites.dot", { channel: site.channel, muscle: site.muscle || t("sites.unnamed"),
    nerve: site.nerve || t("sites.unnamed"), function: site.function ? named("motion", site.function) : t("sites.no_function") });
  const drawBodies = () => VIEWS.forEach((view) => bodies[view].draw(sites, chosen, label));

  function text(site, name) {
    return element("input", { value: site[name], maxlength: 64, "aria-label": t("sites.of_channel", { what: t(`sites.${name}`), channel: site.channel }),
      oninput: (event) => { site[name] = event.target.value; touched(); drawBodies(); } });
  }

  function select(site, name, values, title) {
    return element("select", { "aria-label": t("sites.of_channel", { what: title, channel: site.channel }),
      onchange: (event) => { site[name] = event.target.value; touched(); drawBodies(); } },
    ...values.map(([value, shown]) => element("option", { value, selected: site[name] === value }, shown)));
  }

  function row(site) {
    const quality = kept.quality.find((one) => one.channel === site.channel) ?? {};
    const cell = (value, unit, digits = 0) => element("td", { class: "number" }, value === null || value === undefined ? "–" : `${number(value, digits)}${unit}`);
    const functions = [...new Set([...motions, site.function].filter(Boolean))];
    const alike = quality.alike ? `${quality.alike} (${number(quality.alike_share, 2)})` : "–";
    return element("tr", { "data-channel": site.channel, onfocusin: () => choose(site.channel) },
      element("th", { scope: "row" }, String(site.channel)),
      element("td", {}, text(site, "nerve")), element("td", {}, text(site, "muscle")),
      element("td", {}, select(site, "function", [["", t("sites.no_function")], ...functions.map((name) => [name, named("motion", name)])], t("sites.function"))),
      element("td", { class: "seen" }, select(site, "view", VIEWS.map((view) => [view, t(`sites.seen.${view}`)]), t("sites.view_head"))),
      element("td", { class: "health" }, "–"),
      cell(quality.rest, "", 2), cell(quality.over_rest_db, " dB"),
      cell(quality.own_share === null || quality.own_share === undefined ? null : 100 * quality.own_share, " %"),
      element("td", {}, alike),
      element("td", { class: "now" }, element("meter", { min: 0, max: 1, value: 0, "aria-label": t("sites.of_channel", { what: t("sites.live_head"), channel: site.channel }) }),
        element("span", { class: "together quiet" })),
      element("td", {}, element("button", { type: "button", "aria-label": t("sites.remove_named", { channel: site.channel }),
        onclick: () => { sites = sites.filter((one) => one !== site); touched(); draw(); } }, t("sites.remove"))));
  }

  function draw() {
    sites.sort((one, other) => one.channel - other.channel);
    table.replaceChildren(...sites.map(row));
    drawBodies();
  }

  async function load() {
    try {
      kept = await get(`/sites/of/${of.value}`);
    } catch (error) {
      say(error.message);
      return;
    }
    sites = kept.sites.map((site) => ({ ...site }));
    used = kept.pattern;
    pattern.value = patterns.some((one) => one.key === used) ? used : "";
    changed = false;
    tell();
    draw();
  }

  async function save() {
    try {
      kept = await put(`/sites/of/${of.value}`, { version: kept.version, pattern: used, sites });
      changed = false;
      tell();
      draw();
    } catch (error) {
      say(error.message);
    }
  }

  const levels = liveLevels(live);
  let frame = 0;
  let told = 0;
  function drawLive(now) {
    frame = requestAnimationFrame(drawLive);
    const signal = levels.newest();
    if (!signal || now - told < 200) return;
    told = now;
    for (const made of table.children) {
      const index = Number(made.dataset.channel) - 1;
      const level = signal.level[index];
      const health = made.querySelector(".health");
      if (level === undefined) { health.textContent = t("sites.no_channel"); continue; }
      const word = signal.health[index];
      const shown = named("health", word);
      if (health.textContent !== shown) { health.textContent = shown; health.className = `health ${word === "good" ? "good" : "bad"}`; }
      const effort = kept.quality.find((one) => one.channel === index + 1)?.effort;
      const share = Math.min(level / (effort || levels.highest(index)), 1);
      made.querySelector("meter").value = share;
      const site = sites.find((one) => one.channel === index + 1);
      bodies[site?.view ?? "front"].live(index + 1, share, word !== "good");
      let most = { share: -2 };
      signal.level.forEach((_, other) => {
        const together = other === index ? null : levels.together(index, other);
        if (together !== null && together > most.share) most = { share: together, other };
      });
      made.querySelector(".together").textContent = most.share > -2 ? t("sites.together", { channel: most.other + 1, share: number(most.share, 2) }) : "";
    }
  }
  frame = requestAnimationFrame(drawLive);
  await load();
  return () => { levels.end(); cancelAnimationFrame(frame); };
}
