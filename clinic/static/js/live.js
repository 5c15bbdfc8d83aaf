// The one WebSocket. live.on(kind, f) calls f with each message of a kind ("controller_status", "profile", "signal",
// "emg", ...) and with the newest one at once, if there is one; it returns what ends that. Connects again by itself.
// "link" is {up, broker, fault}: whether this page hears the clinic, whether the clinic hears the broker, and why not.
// "emg" comes only while somebody listens to it.
import { decode } from "./frames.js";

const FIRST_BACK_OFF_MS = 250;
const LONGEST_BACK_OFF_MS = 4000;
// A sequence: the last one is no state, so who comes later does not get it.
const OVER = ["event", "profile_result", "emg"];
const SHOWN = 1000;
const REFUSED = 1008;
// Offset between two clocks: the quickest message of this time tells.
const CLOCK_MEMORY_MS = 20000;
// The clinic lets a page go that asks many times a second.
const ASK_AFTER_MS = 150;

// [decided, painted] of the last signals that were drawn, wall time in ms: clocks of two machines may differ. What
// measures reads it (benchmarks/clinic_pages.py).
export const shown = [];

export const wallNow = () => performance.timeOrigin + performance.now();

export function startLive() {
  const listeners = new Map();
  const newest = new Map();
  let link = { up: false, broker: false, fault: "" };
  let back_off_ms = FIRST_BACK_OFF_MS;
  let socket = null;
  let watching = 0;
  let offset = { ms: Infinity, at: 0 };

  function told(kind, message) {
    if (!OVER.includes(kind)) newest.set(kind, message);
    for (const listener of listeners.get(kind) ?? []) {
      // One part of a page that fails must not silence the others.
      try { listener(message); } catch (error) { console.error(error); }
    }
  }

  function toldLink(changes) {
    link = { ...link, ...changes };
    told("link", link);
  }

  function heardAt(heard_wall_ms) {
    const now = wallNow();
    const difference = now - heard_wall_ms;
    if (difference <= offset.ms || now - offset.at > CLOCK_MEMORY_MS) offset = { ms: difference, at: now };
  }

  function watch() {
    clearTimeout(watching);
    watching = setTimeout(() => {
      if (socket?.readyState !== WebSocket.OPEN) return;
      socket.send(JSON.stringify({ watch: listeners.get("emg")?.size ? ["emg"] : [] }));
    }, ASK_AFTER_MS);
  }

  function take(data) {
    if (typeof data !== "string") {
      for (const [kind, message] of decode(data)) {
        heardAt(message.heard_wall_ms);
        told(kind, message);
      }
      return;
    }
    const said = JSON.parse(data);
    if (said.kind !== "refused") back_off_ms = FIRST_BACK_OFF_MS;
    if (said.kind === "broker") toldLink({ broker: said.message.connected, fault: said.message.fault });
    else if (said.kind === "refused") toldLink({ up: false, fault: said.message.detail });
    else told(said.kind, said.message);
  }

  function connect() {
    const scheme = location.protocol === "https:" ? "wss" : "ws";
    let opened = false;
    socket = new WebSocket(`${scheme}://${location.host}/api/live`);
    socket.binaryType = "arraybuffer";
    socket.onopen = () => {
      opened = true;
      offset = { ms: Infinity, at: 0 };
      toldLink({ up: true });
      if (listeners.get("emg")?.size) watch();
    };
    socket.onmessage = (event) => take(event.data);
    socket.onclose = (event) => {
      toldLink({ up: false });
      // Refused at the door: signed out meanwhile?
      if (!opened || event.code === REFUSED) signedOut().then((out) => { if (out) location.reload(); });
      setTimeout(connect, back_off_ms);
      back_off_ms = Math.min(2 * back_off_ms, LONGEST_BACK_OFF_MS);
    };
  }

  connect();
  return {
    shown,
    markShown(decided_wall_ms) {
      // A task that a frame's callback posts runs when that frame has been painted.
      const { port1, port2 } = new MessageChannel();
      port1.onmessage = () => {
        shown.push([decided_wall_ms, wallNow()]);
        if (shown.length > SHOWN) shown.shift();
        port1.close();
      };
      port2.postMessage(null);
    },
    on(kind, listener) {
      if (!listeners.has(kind)) listeners.set(kind, new Set());
      const those = listeners.get(kind);
      those.add(listener);
      if (kind === "emg" && those.size === 1) watch();
      if (newest.has(kind)) listener(newest.get(kind));
      return () => {
        those.delete(listener);
        if (kind === "emg" && those.size === 0) watch();
      };
    },
    newest: (kind) => newest.get(kind),
    // Milliseconds since a moment told by the clinic's clock; without the offset between that clock and ours.
    age: (wall_ms) => (Number.isFinite(offset.ms) ? Math.max(wallNow() - offset.ms - wall_ms, 0) : 0),
  };
}

async function signedOut() {
  try {
    return (await fetch("/api/me")).status === 401;
  } catch {
    return false;
  }
}
