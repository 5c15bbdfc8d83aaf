// Strings by key: "tune.title" stands in i18n/LANGUAGE/tune.json as {"title": ...}. {name} is filled in.
export const LANGUAGES = ["en", "de"];
const kept = new Map();

export function language() {
  const chosen = localStorage.getItem("language") ?? navigator.language.slice(0, 2);
  return LANGUAGES.includes(chosen) ? chosen : "en";
}

export function choose(chosen) {
  localStorage.setItem("language", chosen);
  location.reload();
}

export async function load(part) {
  if (kept.has(part)) return;
  const answer = await fetch(`/static/i18n/${language()}/${part}.json`);
  if (!answer.ok) throw new Error(`no strings for ${part}`);
  kept.set(part, await answer.json());
}

function found(key) {
  const [part, ...rest] = key.split(".");
  return kept.get(part)?.[rest.join(".")];
}

export const has = (key) => found(key) !== undefined;

export function t(key, values = {}) {
  const text = found(key);
  if (text === undefined) return key;
  return text.replace(/\{(\w+)\}/g, (whole, name) => (name in values ? String(values[name]) : whole));
}

// A name that the configuration gave, such as hand_close or wrist_rotation, for people: translated where it is known.
export function words(name) {
  const key = `shell.words.${name}`;
  return has(key) ? t(key) : name.replaceAll("_", " ");
}

const formats = new Map();

// `least`: digits that are shown even where they are 0, so that numbers that change keep their width.
export function number(value, digits = 1, least = 0) {
  const key = `${digits} ${least}`;
  if (!formats.has(key)) {
    // Without the sign of a zero: "-0" would say that something moves.
    const kind = { maximumFractionDigits: digits, minimumFractionDigits: least, signDisplay: "negative" };
    formats.set(key, new Intl.NumberFormat(language(), kind));
  }
  return formats.get(key).format(value);
}
