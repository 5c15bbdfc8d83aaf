// Keys that work everywhere, and the list of them. A page adds its own with onKey, which returns what ends that.
import { element } from "./dom.js";
import { t } from "./i18n.js";

const mine = new Map();
const WRITES = "input:not([type=range]):not([type=checkbox]):not([type=radio]), textarea, select, [contenteditable]";

// Keys that write a character can be switched off (WCAG 2.1.4): they get in the way of who speaks to a computer.
const enabled = () => localStorage.getItem("keys") !== "off";

export function onKey(key, what, act) {
  mine.set(key, { what, act });
  return () => mine.delete(key);
}

export function listKeys() {
  const rows = [[t("shell.key.escape"), t("shell.key.stops")], [t("shell.key.space"), t("shell.key.stops_elsewhere")],
    ["?", t("shell.key.list")], ["1 – 9", t("shell.key.page")], ...[...mine].map(([key, { what }]) => [key, what])];
  const dialog = element("dialog", { "aria-labelledby": "keys-title", class: "card" },
    element("h2", { id: "keys-title" }, t("shell.keys")),
    element("table", {}, element("tbody", {}, ...rows.map(([key, what]) => element("tr", {},
      element("th", { scope: "row" }, element("kbd", {}, key)), element("td", {}, what))))),
    element("p", {}, element("label", {}, element("input", { type: "checkbox", checked: enabled(), onchange: (event) => {
      localStorage.setItem("keys", event.target.checked ? "on" : "off");
    } }), " ", t("shell.key.enabled"))),
    element("form", { method: "dialog" }, element("button", { class: "main", autofocus: true }, t("shell.close"))));
  dialog.addEventListener("close", () => dialog.remove());
  document.body.append(dialog);
  dialog.showModal();
}

addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  if (!enabled() || event.target.closest?.(WRITES) || document.querySelector("dialog[open]")) return;
  if (event.key === "?") listKeys();
  else if (mine.has(event.key)) mine.get(event.key).act();
  else if (/^[1-9]$/.test(event.key)) document.querySelectorAll("#nav a")[Number(event.key) - 1]?.click();
});
