// Names of motions, positions and trials, for people.
import { number, t } from "../i18n.js";

function spoken(kind, name) {
  const key = `calibrate.${kind}.${name}`;
  const found = t(key);
  return found === key ? name.replaceAll("_", " ") : found;
}

export const motionName = (name) => spoken("motion", name);
export const positionName = (name) => spoken("position", name);

export function trialName(trial) {
  const [motion, number] = trial.trial.split(":");
  const named = t("calibrate.trial", { motion: motionName(motion), number });
  return trial.position ? `${named}, ${positionName(trial.position)}` : named;
}

// Shares are told in percent, times and seconds as they are.
const SHARES = ["too_short", "too_alike", "short", "feeble"];

// What the controller says of a trial, in the language of the page; its own English where it has no word for it.
export function remark(trial) {
  const key = `calibrate.remark.${trial.why}`;
  const value = trial.value === null ? "" : number((SHARES.includes(trial.why) ? 100 : 1) * trial.value, SHARES.includes(trial.why) ? 0 : 1);
  const found = t(key, { value, like: motionName(trial.like) });
  return found === key ? trial.sentence : found;
}

export const sentence = (trial) => t("calibrate.remark_of", { trial: trialName(trial), remark: remark(trial) });
