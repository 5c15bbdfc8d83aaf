// How the arm stands, from all that is known: {name, tone, icon, cause}. Name: a key of shell.standing.*; tone: good,
// warn, bad or quiet; never told by colour alone.
import { has, t } from "./i18n.js";

const ICONS = { unheard: "⚠", no_broker: "⚠", no_controller: "⚠", no_arm: "⚠", idle: "…", ready: "○", engaged: "▶",
  holding: "❚❚", stopped: "■", fault: "■" };
const TONES = { unheard: "bad", no_broker: "bad", no_controller: "bad", no_arm: "bad", idle: "quiet", ready: "quiet",
  engaged: "good", holding: "warn", stopped: "bad", fault: "bad" };
// "stopped by Ann: too fast" and the like: what the controller says before the name.
const BY = ["stopped", "engage", "disengage", "clear"];
const MEASURED = [[/^newest sample is (\d+) ms old$/, "shell.cause.sample_old"],
  [/^the control loop was (\d+) ms late$/, "shell.cause.loop_was_late"]];

function cause_in_words(cause) {
  for (const [pattern, key] of MEASURED) {
    const found = pattern.exec(cause);
    if (found) return t(key, { ms: found[1] });
  }
  for (const what of BY) {
    if (cause.startsWith(`${what} by `)) return t(`shell.cause_by.${what}`, { who: cause.slice(what.length + 4) });
  }
  const key = `shell.cause.${cause.replaceAll(" ", "_")}`;
  return has(key) ? t(key) : cause;
}

function standing_of(link, controller, arm) {
  if (!link?.up) return ["unheard", link?.fault ?? ""];
  if (!link.broker) return ["no_broker", link.fault ?? ""];
  if (!controller || controller.status !== "running") return ["no_controller", ""];
  if (arm?.status === "stopped") return ["stopped", controller.state === "fault" ? controller.cause : arm.cause];
  if (!arm || arm.status !== "ready") return ["no_arm", ""];
  if (controller.state === "fault") return [controller.cause.startsWith("stopped") ? "stopped" : "fault", controller.cause];
  return [controller.state, controller.cause];
}

export function standing(live) {
  const [name, cause] = standing_of(live.newest("link"), live.newest("controller_status"), live.newest("arm_status"));
  return { name, tone: TONES[name], icon: ICONS[name], word: t(`shell.standing.${name}`), cause: cause_in_words(cause) };
}

// Calls `listener` now and whenever it changes; returns what ends that.
export function onStanding(live, listener) {
  let before = "";
  const look = () => {
    const now = standing(live);
    const said = `${now.name} ${now.cause}`;
    if (said !== before) {
      before = said;
      listener(now);
    }
  };
  const ends = ["link", "controller_status", "arm_status"].map((kind) => live.on(kind, look));
  look();
  return () => ends.forEach((end) => end());
}
