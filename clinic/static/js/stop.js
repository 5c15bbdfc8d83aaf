// The stop button, on Escape and space too. It imports nothing and starts by itself, so that it works while the rest of
// the page does not; its sentences stand in index.html, and the shell translates them there. "Stopped" is said when the
// controller has said so: in answer to the request, or in its status. If it says nothing, that is said, loudly.
const CONFIRMED_WITHIN_MS = 1000;
const REQUEST_WITHIN_MS = 4000;
const SAID_FOR_MS = 6000;
// Space belongs to these: it writes, ticks, opens or presses. Escape always stops.
const OWN_SPACE = "input:not([type=range]), textarea, select, button, summary, [contenteditable], [role=button], "
  + "[role=checkbox], [role=switch], [role=option], [role=tab], [role=menuitem], [role=radio]";

const button = document.getElementById("stop");
const place = document.getElementById("stopping");
let token = null;
let pressed = 0;
let confirmed = 0;
let hiding = 0;

function show(which, detail = "") {
  clearTimeout(hiding);
  place.dataset.is = which;
  place.textContent = [document.getElementById(`stop-${which}`).textContent, detail].filter(Boolean).join(" ");
}

function confirm() {
  if (confirmed === pressed) return;
  confirmed = pressed;
  show("confirmed");
  hiding = setTimeout(() => { place.textContent = ""; }, SAID_FOR_MS);
}

async function newToken() {
  const answer = await fetch("/api/me", { signal: AbortSignal.timeout(REQUEST_WITHIN_MS) });
  token = answer.ok ? (await answer.json()).csrf_token ?? "" : "";
}

async function request() {
  const ask = () => fetch("/api/arm/stop", {
    method: "POST", body: "{}", keepalive: true, signal: AbortSignal.timeout(REQUEST_WITHIN_MS),
    headers: { "Content-Type": "application/json", "X-CSRF-Token": token ?? "" },
  });
  let answer = await ask();
  if (answer.status === 403 || answer.status === 401) {
    await newToken();
    answer = await ask();
  }
  if (answer.ok) return "";
  const said = await answer.json().catch(() => null);
  return typeof said?.detail === "string" ? said.detail : String(answer.status);
}

export async function stop() {
  const mine = ++pressed;
  show("sent");
  const loud = setTimeout(() => { if (confirmed < mine) show("unconfirmed"); }, CONFIRMED_WITHIN_MS);
  let why = "";
  try {
    why = await request();
  } catch (error) {
    why = error.message;
  }
  if (confirmed >= mine) return;
  clearTimeout(loud);
  if (why === "") confirm();
  else show("unconfirmed", why);
}

export function keepToken(given) {
  token = given ?? null;
}

export function heedStatus(live) {
  const is_stop = (status) => status.status === "running" && status.state === "fault" && status.cause.startsWith("stopped");
  let before = null;
  live.on("controller_status", (status) => {
    // One that was stopped already says nothing about the stop that was just pressed.
    if (is_stop(status) && before !== null && !is_stop(before)) confirm();
    before = status;
  });
}

button.addEventListener("click", stop);
// On the window and before everybody else, so that nothing on a page can swallow it.
addEventListener("keydown", (event) => {
  const space = event.key === " " && !event.target.closest?.(OWN_SPACE);
  if (event.key !== "Escape" && !space) return;
  if (space) event.preventDefault();
  if (!event.repeat) stop();
}, { capture: true });
