// What stands against a trial, as a sentence.
import { has, number, t, words } from "../i18n.js";

export function why({ code, values }) {
  const key = `assess.why.${code}`;
  const direction = (values.off_deg ?? 0) > 0 ? "assess.too_far" : "assess.not_far";
  const said = { ...values, joint: values.joint ? words(values.joint) : "", off: "off_deg" in values ? t(direction, { degrees: number(Math.abs(values.off_deg), 0) }) : "" };
  if ("state" in values) said.state = has(`shell.standing.${values.state}`) ? t(`shell.standing.${values.state}`) : values.state;
  return has(key) ? t(key, said) : code;
}
