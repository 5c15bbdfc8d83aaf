// Pieces that the sections share.
import { element } from "../../js/dom.js";
import { language, t } from "../../js/i18n.js";
import { say } from "../../js/say.js";

let made = 0;

// A labelled field. `kind` is an input's type, "textarea", or a list of [value, text] for a choice.
export function field(label, kind, attributes = {}) {
  const id = `people-field-${++made}`;
  let control = null;
  if (Array.isArray(kind)) {
    const { value, ...rest } = attributes;
    control = element("select", { id, ...rest }, ...kind.map(([key, text]) => element("option", { value: key, selected: key === value }, text)));
  } else if (kind === "textarea") {
    const { value, ...rest } = attributes;
    control = element("textarea", { id, rows: 2, ...rest }, value ?? "");
  } else {
    control = element("input", { id, type: kind, ...attributes });
  }
  if (kind === "checkbox") return { control, row: element("label", { class: "check", for: id }, control, label) };
  return { control, row: element("div", {}, element("label", { for: id }, label), control) };
}

// A form of fields whose button does `send`; its faults are said.
export function form(label, fields, send, attributes = {}) {
  const button = element("button", { class: "main" }, label);
  const made_form = element("form", { class: "people-form", ...attributes }, ...fields.map(({ row }) => row),
    element("div", { class: "people-row" }, button));
  made_form.addEventListener("submit", (event) => {
    event.preventDefault();
    attempt(button, send);
  });
  return made_form;
}

export function button(label, send, attributes = {}) {
  const shown = element("button", { type: "button", ...attributes }, label);
  shown.addEventListener("click", () => attempt(shown, send));
  return shown;
}

// Once at a time; what is refused is said in the API's own sentence.
export async function attempt(control, send) {
  control.disabled = true;
  try {
    await send();
  } catch (error) {
    say(error.message);
  } finally {
    control.disabled = false;
  }
}

export function folded(label, ...children) {
  return element("details", {}, element("summary", {}, label), ...children);
}

export function moment(text) {
  return new Intl.DateTimeFormat(language(), { dateStyle: "medium", timeStyle: "short" }).format(new Date(text));
}

export function nothing(key) {
  return element("p", { class: "quiet" }, t(key));
}

export const wearersOf = (board) => board.wearers.map((wearer) => [String(wearer.id), wearer.name]);
