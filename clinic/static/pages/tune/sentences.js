// What two runs over the same EMG differ in, in words.
import { number, t, words } from "../../js/i18n.js";

const LEAST_MS = 5;
const LEAST_SHARE = 0.005;
const LEAST_S_PER_MINUTE = 0.5;
const MOST = 8;

const median = (values) => {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
};

// A movement of a decoder that decides for joints is called "elbow +".
export const movementName = (name) => (/ [+-]$/.test(name)
  ? `${words(name.slice(0, -2))} ${name.endsWith("+") ? "+" : "−"}` : words(name));

export function differences(found) {
  const said = [];
  const minutes = Math.max(found.counted_s, 1) / 60;
  const by_name = Map.groupBy ? Map.groupBy(found.movements, (one) => one.name) : grouped(found.movements);
  for (const [name, movements] of by_name) {
    const both = movements.filter((one) => one.today_ms !== null && one.proposed_ms !== null);
    const shift = both.length ? median(both.map((one) => one.proposed_ms - one.today_ms)) : 0;
    if (Math.abs(shift) >= LEAST_MS) {
      said.push(t(shift < 0 ? "tune.says.earlier" : "tune.says.later", { motion: movementName(name), ms: number(Math.abs(shift), 0) }));
    }
    const lost = movements.filter((one) => one.today_ms !== null && one.proposed_ms === null).length;
    const won = movements.filter((one) => one.today_ms === null && one.proposed_ms !== null).length;
    if (lost) said.push(t("tune.says.lost", { motion: movementName(name), count: lost, of: movements.length }));
    if (won) said.push(t("tune.says.won", { motion: movementName(name), count: won, of: movements.length }));
  }
  const more = (found.proposed.false_count - found.today.false_count) / minutes;
  if (more !== 0) said.unshift(t(more > 0 ? "tune.says.more_false" : "tune.says.fewer_false", { count: number(Math.abs(more), 1) }));
  for (const [joint, seconds] of Object.entries(found.proposed.full_speed_s)) {
    const change = (seconds - found.today.full_speed_s[joint]) / minutes;
    if (Math.abs(change) >= LEAST_S_PER_MINUTE) {
      said.push(t(change > 0 ? "tune.says.more_full" : "tune.says.less_full", { joint: words(joint), s: number(Math.abs(change), 1) }));
    }
  }
  const rejected = found.proposed.rejected_share - found.today.rejected_share;
  if (Math.abs(rejected) >= LEAST_SHARE) {
    said.push(t(rejected > 0 ? "tune.says.more_rejected" : "tune.says.fewer_rejected", { share: number(100 * Math.abs(rejected), 1) }));
  }
  if (!said.length && !sameCurves(found)) said.push(t("tune.says.speed_only"));
  return said.slice(0, MOST);
}

export const sameCurves = (found) => found.speeds.every((one) => one.today.every((value, place) => value === one.proposed[place]));

function grouped(movements) {
  const found = new Map();
  for (const one of movements) found.set(one.name, [...(found.get(one.name) ?? []), one]);
  return found;
}
