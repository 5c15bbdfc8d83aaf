// The shell: who is signed in, which page is shown. A page is a module with `show(root, context)`, which may return
// a function that ends it. context: {person, live, go}.
import { get, keepToken, post } from "./api.js";
import { element } from "./dom.js";
import { choose, language, LANGUAGES, load, t } from "./i18n.js";
import { listKeys } from "./keys.js";
import { startLive } from "./live.js";
import { apply, look, LOOKS, setLook } from "./look.js";
import { say } from "./say.js";
import { onStanding } from "./standing.js";
import { heedStatus, keepToken as keepTokenForStop } from "./stop.js";

// Name in the address (#tune) → who sees it. Its module is pages/NAME.js, its strings i18n/LANGUAGE/NAME.json.
const PAGES = {
  live: ["clinician", "wearer"],
  sites: ["clinician"],
  calibrate: ["clinician", "wearer"],
  tune: ["clinician", "wearer"],
  assess: ["clinician", "wearer"],
  course: ["clinician", "wearer"],
  people: ["clinician", "wearer"],
};
const STILL_HERE_EVERY_MS = 5 * 60 * 1000;
const content = document.getElementById("content");
let leave = null;
let context = null;
let turn = 0;

async function shown() {
  const mine = ++turn;
  const wanted = location.hash.slice(1).split("/")[0];
  const allowed = Object.keys(PAGES).filter((name) => PAGES[name].includes(context.person.role));
  const name = allowed.includes(wanted) ? wanted : allowed[0];
  const before = leave;
  leave = null;
  try {
    await before?.();
  } catch (error) {
    say(error.message);
  }
  if (mine !== turn) return;
  drawNavigation(allowed, name);
  document.title = `${t(`shell.page.${name}`)} · Efferent`;
  // Each page has a root of its own: what one left behind cannot draw into the next.
  const root = element("div", { class: `page page-${name}` });
  content.replaceChildren(root);
  try {
    await load(name);
    const page = await import(`../pages/${name}.js`);
    if (mine !== turn) return;
    const end = await page.show(root, context);
    if (mine === turn) leave = end ?? null;
    else await end?.();
  } catch (error) {
    root.append(element("p", { class: "bad" }, t("shell.page_broken", { why: error.message })));
    say(error.message);
  }
}

function drawNavigation(names, current) {
  document.getElementById("nav").replaceChildren(...names.map((name) => element("a", {
    href: `#${name}`, "aria-current": name === current ? "page" : null,
  }, t(`shell.page.${name}`))));
}

function choice(id, label, names, chosen, take) {
  const select = element("select", { id, onchange: () => take(select.value) },
    ...names.map((name) => element("option", { value: name, selected: name === chosen }, t(`shell.${id}.${name}`))));
  return element("p", {}, element("label", { for: id }, label), select);
}

function drawMenu() {
  const keys = element("button", { type: "button", onclick: listKeys }, t("shell.keys"));
  const out = element("button", { type: "button", onclick: async () => {
    try {
      await post("/sign-out");
    } finally {
      location.reload();
    }
  } }, t("shell.sign_out"));
  document.getElementById("menu").replaceChildren(
    element("p", {}, t("shell.signed_in_as", { name: context.person.name })),
    choice("language", t("shell.choose_language"), LANGUAGES, language(), choose),
    choice("look", t("shell.choose_look"), LOOKS, look(), setLook),
    element("p", { class: "row" }, keys, out));
}

function drawStanding({ name, tone, icon, word }) {
  const place = document.getElementById("standing");
  place.className = `standing ${tone}`;
  place.dataset.standing = name;
  place.replaceChildren(element("span", { "aria-hidden": "true", class: "icon" }, icon), word);
}

// Who only watches asks for nothing. A touch or a key says that somebody is here, so that the sign-in does not end as idle.
function stayWhileUsed() {
  let asked_ms = Date.now();
  const here = () => {
    if (Date.now() - asked_ms < STILL_HERE_EVERY_MS) return;
    asked_ms = Date.now();
    get("/me").catch(() => {});
  };
  for (const kind of ["pointerdown", "keydown"]) addEventListener(kind, here, { capture: true, passive: true });
}

async function begin() {
  apply();
  document.documentElement.lang = language();
  await load("shell");
  for (const marked of document.querySelectorAll("[data-t]")) marked.textContent = t(marked.dataset.t);
  for (const marked of document.querySelectorAll("[data-t-label]")) marked.setAttribute("aria-label", t(marked.dataset.tLabel));
  let person = null;
  try {
    person = await get("/me");
  } catch (error) {
    if (error.status === 401) location.reload();  // signed out meanwhile: the same address is the sign-in page then
    else say(error.message);
    return;
  }
  keepToken(person.csrf_token);
  keepTokenForStop(person.csrf_token);
  context = { person, live: startLive(), go: (name) => { location.hash = name; } };
  heedStatus(context.live);
  onStanding(context.live, drawStanding);
  drawMenu();
  stayWhileUsed();
  addEventListener("hashchange", shown);
  await shown();
}

begin().catch((error) => say(error.message));
