// Signing in with name and password; or, opened by the code that the clinic shows, pairing this phone with a PIN.
import { post } from "../js/api.js";
import { element } from "../js/dom.js";
import { load, t } from "../js/i18n.js";
import { say } from "../js/say.js";

export async function show(root) {
  await load("sign_in");
  document.title = `${t("sign_in.title")} · Efferent`;
  const token = location.hash.match(/^#pair\/([\w-]+)$/)?.[1];
  // The token works once; nobody should find it in the address or the history.
  if (token) history.replaceState(null, "", "/");
  root.replaceChildren(token ? pairing(token) : signIn());
  root.querySelector("input").focus();
}

function signIn() {
  const name = element("input", { id: "name", name: "username", autocomplete: "username", required: true, maxlength: 100 });
  const password = element("input", { id: "password", type: "password", autocomplete: "current-password", required: true, maxlength: 200 });
  return form("sign_in.title", "sign_in.go", [["sign_in.name", name], ["sign_in.password", password]],
    () => post("/sign-in", { name: name.value.trim(), password: password.value }));
}

function pairing(token) {
  const pin = element("input", { id: "pin", inputmode: "numeric", autocomplete: "one-time-code", pattern: "[0-9]{6}", maxlength: 6, required: true });
  const device = element("input", { id: "device", value: t("sign_in.phone"), maxlength: 100, required: true, autocomplete: "off" });
  return form("sign_in.pair_title", "sign_in.pair_go", [["sign_in.pin", pin], ["sign_in.device", device]],
    () => post("/pair", { token, pin: pin.value, device: device.value.trim() || t("sign_in.phone") }));
}

function form(title, go, fields, send) {
  const button = element("button", { class: "main" }, t(go));
  const made = element("form", { class: "card" }, element("h1", {}, t(title)),
    ...fields.flatMap(([label, input]) => [element("label", { for: input.id }, t(label)), input]), button);
  made.addEventListener("submit", async (event) => {
    event.preventDefault();
    button.disabled = true;
    try {
      await send();
      location.replace("/");
    } catch (error) {
      say(error.message);
      button.disabled = false;
    }
  });
  return made;
}
