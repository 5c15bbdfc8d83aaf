// What test, with which arm and settings; how long it would be; start.
import { get, post } from "../api.js";
import { element } from "../dom.js";
import { number, t, words } from "../i18n.js";
import { say } from "../say.js";

const PLANE = 2;
const PLAN_AFTER_MS = 250;

function radios(name, values, chosen, label, hint) {
  return element("fieldset", {}, element("legend", {}, t(`assess.${name}`)), ...values.map((value) => element("label", { class: "choice" },
    element("input", { type: "radio", name, value, checked: value === chosen }), " ", element("strong", {}, label(value)),
    element("span", { class: "quiet" }, " ", hint(value)))));
}

function setting(kind, one) {
  const id = `set-${kind}-${one.name}`;
  return element("p", { class: "setting", "data-kind": kind },
    element("label", { for: id }, t(`assess.set.${one.name}`), one.unit ? ` (${t(`assess.unit.${one.unit}`)})` : ""),
    element("input", { id, type: "number", name: one.name, min: one.least, max: one.most, step: one.whole ? 1 : "any", value: one.usual, required: true, "aria-describedby": `${id}-from` }),
    element("span", { class: "quiet", id: `${id}-from` }, t("assess.usual", { usual: number(one.usual, 2), source: one.source })));
}

export function form(setup, wearer, started) {
  const plan = element("p", { class: "plan quiet", role: "status" });
  const start = element("button", { class: "main", type: "submit" }, t("assess.start"));
  const kinds = setup.tests.map((test) => test.kind);
  const settings = setup.tests.flatMap((test) => test.settings.map((one) => setting(test.kind, one)));
  const joints = setup.joints.map((joint) => element("label", { class: "choice" },
    element("input", { type: "checkbox", name: "joints", value: joint.name, checked: true }), " ", words(joint.name)));
  const chosen_joints = element("fieldset", { class: "joints" }, element("legend", {}, t("assess.joints")), ...joints);
  const node = element("form", { class: "card form" },
    element("h2", {}, t("assess.take")),
    element("p", {}, t("assess.for", { name: wearer.name })),
    radios("test", kinds, "tac", (kind) => t(`assess.kind.${kind}`), (kind) => t(`assess.about.${kind}`)),
    radios("arm", ["virtual", "real"], "virtual", (arm) => t(`assess.arm.${arm}`), (arm) => t(`assess.note.${arm}`)),
    chosen_joints,
    element("p", {}, element("label", { class: "choice" }, element("input", { type: "checkbox", name: "automatic", checked: true }), " ", t("assess.automatic")),
      element("label", { class: "choice" }, element("input", { type: "checkbox", name: "practice" }), " ", t("assess.practice"))),
    element("details", {}, element("summary", {}, t("assess.settings")), element("div", { class: "settings" }, ...settings),
      element("p", { class: "setting" }, element("label", { for: "within" }, t("assess.set.start_within_deg"), ` (${t("assess.unit.deg")})`),
        element("input", { id: "within", type: "number", name: "start_within_deg", min: 2, max: 20, step: "any", value: 8, required: true }),
        element("span", { class: "quiet" }, t("assess.start_within")))),
    plan, element("p", {}, start));

  const picked = (name) => node.querySelector(`input[name=${name}]:checked`)?.value;
  const asked = () => {
    const kind = picked("test");
    const test = { kind, practice: node.elements.practice.checked };
    for (const one of settings) {
      if (one.dataset.kind !== kind) continue;
      const input = one.querySelector("input");
      test[input.name] = Number(input.value);
    }
    const names = [...node.querySelectorAll("input[name=joints]:checked")].map((input) => input.value);
    return {
      test, arm: picked("arm"), automatic: node.elements.automatic.checked,
      start_within_deg: Number(node.elements.start_within_deg.value),
      // All of them: also the motions that have no way back.
      joints: kind === "fitts" ? names.slice(0, PLANE) : names.length === joints.length ? [] : names,
    };
  };
  let timer = 0;
  const tell_plan = async () => {
    const kind = picked("test");
    for (const one of settings) {
      one.hidden = one.dataset.kind !== kind;
      one.querySelector("input").disabled = one.hidden;
    }
    node.elements.start_within_deg.closest("p").hidden = picked("arm") === "virtual" || kind === "motion" || kind === "rest";
    if (!node.checkValidity()) return;
    clearTimeout(timer);
    timer = setTimeout(async () => {
      try {
        const { trials, at_most_s } = await post("/assess/plan", asked());
        plan.classList.remove("bad");
        plan.textContent = t("assess.plan", { trials, minutes: number(Math.max(at_most_s / 60, 0.1), 1) });
        start.disabled = false;
      } catch (error) {
        plan.classList.add("bad");
        plan.textContent = error.message;
        start.disabled = true;
      }
    }, PLAN_AFTER_MS);
  };
  node.addEventListener("input", tell_plan);
  node.addEventListener("submit", async (event) => {
    event.preventDefault();
    try {
      started(await post("/assess/start", { wearer_id: wearer.id, asked: asked() }));
    } catch (error) {
      say(error.message);
    }
  });
  tell_plan();
  return { node, end: () => clearTimeout(timer) };
}

export async function whose() {
  const { wearer_id, wears_now } = await get("/present");
  if (wearer_id === null) return null;
  const wearer = (await get("/wearers")).find((one) => one.id === wearer_id);
  return wearer ? { ...wearer, wears_now } : null;
}
