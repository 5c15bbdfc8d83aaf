// The task of a test that runs: what to do in letters to be read from two metres, the picture, dwell and time.
import { post } from "../api.js";
import { element } from "../dom.js";
import { number, t, words } from "../i18n.js";
import { say } from "../say.js";
import { arms } from "./arms.js";
import { gauges } from "./gauges.js";
import { plane } from "./plane.js";
import { ring } from "./ring.js";
import { write } from "./svg.js";
import { why } from "./why.js";

// How far a picture of a motion goes.
const SHOWN_RAD = 0.8;

function picture_of(motion, setup) {
  const posture = Object.fromEntries(setup.joints.map((joint) => [joint.name, joint.start_rad]));
  for (const [name, share] of Object.entries(setup.motions[motion] ?? {})) {
    const joint = setup.joints.find((one) => one.name === name);
    const from = joint?.start_rad ?? 0;
    posture[name] = Math.min(Math.max(from + SHOWN_RAD * share, joint?.min_rad ?? -9), joint?.max_rad ?? 9);
  }
  return posture;
}

function prompt_of(shown) {
  if (shown.stage === "countdown") return String(Math.max(Math.ceil(shown.countdown_s), 1));
  if (shown.stage === "running") {
    if (shown.kind === "rest") return t("assess.relax");
    if (shown.kind === "motion") return words(shown.motion);
    return shown.inside ? t("assess.hold") : t(`assess.reach.${shown.kind}`);
  }
  if (shown.hindrances.length > 0) return why(shown.hindrances[0]);
  return shown.automatic ? t("assess.ready") : t("assess.press_begin");
}

// What is read out: one sentence per stage, none of the numbers that change all the time.
function said_of(shown) {
  if (shown.stage === "running") return `${t("assess.trial", { trial: shown.trial, trials: shown.trials })}: ${prompt_of({ ...shown, inside: false })}`;
  if (shown.stage === "countdown") return t("assess.counting");
  return prompt_of(shown);
}

function actions(shown) {
  const code = shown.hindrances[0]?.code;
  const button = (key, path) => element("button", { type: "button", onclick: async () => {
    try {
      await post(path);
    } catch (error) {
      say(error.message);
    }
  } }, t(`assess.do.${key}`));
  if (code === "not_engaged") return [button("engage", "/arm/engage")];
  if (code === "not_ready" && shown.hindrances[0].values.state !== "idle") return [button("disengage", "/arm/disengage")];
  return code === "stopped" || code === "arm_stopped" ? [button("clear", "/arm/clear")] : [];
}

export function task(shown, setup, { begin, abort }) {
  const joints = setup.joints.filter((joint) => joint.name in shown.position_rad || joint.name in shown.posture_rad);
  const reaches = shown.kind === "tac" || shown.kind === "fitts";
  const figure = arms(t("assess.arms_label"));
  const scale = gauges(joints);
  const flat = shown.kind === "fitts" ? plane(joints, t("assess.plane_label")) : null;
  const hold = ring(t(shown.kind === "motion" ? "assess.right_label" : "assess.hold_label"));
  const left = ring(t("assess.left_label"));
  const prompt = element("p", { class: "prompt" });
  const count = element("p", { class: "count" });
  const status = element("p", { class: "heard", role: "status" });
  const doing = element("p", { class: "row" });
  const last = element("p", { class: "last" });
  const begin_button = element("button", { type: "button", class: "main", onclick: begin }, t("assess.begin"), " ", element("kbd", {}, "b"));
  const scene = element("div", { class: "scene" },
    element("div", { class: "picture" }, flat?.node ?? figure.node),
    element("div", { class: "side" },
      element("div", { class: "rings" }, hold.node, left.node), shown.kind === "tac" ? scale.node : null));
  const node = element("section", { class: `task card kind-${shown.kind}`, tabindex: "-1", "aria-labelledby": "task-title" },
    element("div", { class: "row head" },
      element("h2", { id: "task-title" }, t(`assess.kind.${shown.kind}`)), count,
      begin_button,
      element("button", { type: "button", onclick: abort }, t("assess.abort"), " ", element("kbd", {}, "x"))),
    element("p", { class: `which ${shown.arm}` }, t(`assess.note.${shown.arm}`)),
    prompt, status, doing, scene, last);
  let doing_for = "";
  let heard = "";
  return {
    node,
    run: shown.run,
    draw(now) {
      const running = now.stage === "running";
      node.dataset.stage = now.stage;
      node.classList.toggle("inside", now.inside);
      write(prompt, prompt_of(now));
      prompt.classList.toggle("huge", now.stage === "countdown");
      write(count, [t("assess.trial", { trial: now.trial, trials: now.trials }),
        now.kind === "rest" ? "" : t("assess.completed", { completed: now.completed })].filter(Boolean).join(" · "));
      const sentence = said_of(now);
      if (sentence !== heard && now.stage !== "finished" && now.stage !== "aborted") write(status, heard = sentence);
      const wanted_actions = now.hindrances.map((one) => one.code + (one.values.state ?? "")).join(" ");
      if (wanted_actions !== doing_for) {
        doing_for = wanted_actions;
        doing.replaceChildren(...actions(now));
      }
      begin_button.hidden = now.automatic || now.stage !== "waiting";
      hold.draw(running && now.hold_s > 0 ? now.held_s / now.hold_s : 0,
        t("assess.seconds", { seconds: number(Math.max(now.hold_s - (running ? now.held_s : 0), 0), 1, 1) }));
      left.draw(running ? 1 - now.elapsed_s / now.limit_s : 1,
        t("assess.seconds", { seconds: number(Math.max(now.limit_s - now.elapsed_s, 0), 0) }));
      hold.node.style.visibility = now.kind === "rest" ? "hidden" : "";
      const posture = reaches ? now.posture_rad : null;
      if (flat) flat.draw(now.position_rad, now.posture_rad, now.within_rad, now.inside);
      else if (now.kind === "motion") figure.draw(now.position_rad, running ? picture_of(now.motion, setup) : null, false);
      else figure.draw(now.position_rad, posture, now.inside);
      if (shown.kind === "tac") scale.draw(now.position_rad, now.posture_rad, now.within_rad, now.moved);
      const before = now.last === null ? "" : now.kind === "rest" ? ""
        : now.last.completion_s === null ? t("assess.last_failed", { trial: now.last.trial })
          : t("assess.last_done", { trial: now.last.trial, seconds: number(now.last.completion_s, 1, 1) });
      const broken = now.not_counted.at(-1);
      write(last, [before, broken && !running ? t("assess.not_counted", { trial: broken.trial, why: why(broken.why) }) : "",
        now.fault ? t("assess.not_kept", { why: now.fault }) : ""].filter(Boolean).join(" "));
    },
  };
}
