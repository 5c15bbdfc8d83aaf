// How calibration stands at the running controller, which alone knows: what another session said is history.
import { post } from "../api.js";
import { say } from "../say.js";

export function follow(live, told) {
  let state = null;
  let status = null;
  const tell = () => {
    const runs = state !== null && status?.status === "running" && status.session === state.session;
    told(runs ? state : null, runs ? status : null);
  };
  const ends = [
    live.on("calibration_state", (newest) => { state = { ...newest, heard_ms: performance.now() }; tell(); }),
    live.on("controller_status", (newest) => {
      const other = newest.session !== status?.session || newest.status !== status?.status || newest.state !== status?.state;
      status = newest;
      if (other) tell();
    }),
  ];
  tell();
  return () => ends.forEach((end) => end());
}

// Trials are recorded only while nothing can move.
export const mayRecord = (status) => ["idle", "ready"].includes(status?.state);

// Asks the controller; what it refuses is said. Returns whether it was done.
export async function ask(action, more = {}) {
  try {
    await post("/calibration", { action, ...more });
    return true;
  } catch (error) {
    say(error.message);
    return false;
  }
}

export const leftOf = (state) => Math.max((state.prompt?.left_s ?? 0) - (performance.now() - state.heard_ms) / 1000, 0);
export const leftInAll = (state) => Math.max(state.left_s - (performance.now() - state.heard_ms) / 1000, 0);
