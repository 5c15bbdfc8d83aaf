// What a person has changed and not applied yet, beside the profile in force. Keys are those of locked ranges:
// "gain.elbow", "class_gain.hand_close", "speed_limit.elbow", "rejection.hand_close", "ramp_ms", ...
export const OF_JOINTS = ["gain", "speed_limit"];
export const OF_MOTIONS = ["class_gain", "rejection"];
export const OF_ALL = ["rejection_threshold", "ramp_ms", "dead_band", "vote"];
const MOST_UNDONE = 50;

export function valueIn(values, key) {
  const dot = key.indexOf(".");
  if (dot < 0) return values[key];
  const name = key.slice(0, dot);
  const own = values[name]?.[key.slice(dot + 1)];
  if (own !== undefined && own !== null) return own;
  return name === "rejection" ? values.rejection_threshold : 1;
}

export function draft() {
  let told = null;
  let edits = new Map();
  let locks = null;
  let version = null;
  const before = [];
  const snapshot = () => ({ edits: new Map(edits), locks: locks && { ...locks } });

  const self = {
    get told() { return told; },
    get state() { return told?.state ?? null; },
    get version() { return version; },
    get dirty() { return edits.size > 0 || locks !== null; },
    get edited() { return [...edits.keys()]; },
    get locked() { return locks ?? told?.state?.locked ?? {}; },
    get locksToSend() { return locks; },
    get canUndo() { return before.length > 0; },
    // True while somebody else has changed what these edits were made against.
    get overtaken() { return self.dirty && self.state !== null && version !== self.state.version; },
    take(newer) {
      told = newer;
      if (!self.dirty) version = self.state?.version ?? null;
      for (const [key, value] of edits) if (value === self.today(key)) edits.delete(key);
      if (!self.dirty) version = self.state?.version ?? null;
    },
    rebase() { version = self.state?.version ?? null; },
    today: (key) => (self.state ? valueIn(self.state.values, key) : undefined),
    value(key) {
      if (edits.has(key)) return edits.get(key);
      const own = self.state?.values.rejection?.[key.slice(10)];
      if (key.startsWith("rejection.") && own === undefined) return self.value("rejection_threshold");
      return self.today(key);
    },
    remember() {
      before.push(snapshot());
      if (before.length > MOST_UNDONE) before.shift();
    },
    set(key, value) {
      if (value === self.today(key)) edits.delete(key);
      else edits.set(key, value);
      if (!self.dirty) self.rebase();
    },
    lock(key, bounds) {
      locks = { ...self.locked };
      if (bounds === null) delete locks[key];
      else locks[key] = bounds;
      if (JSON.stringify(locks) === JSON.stringify(self.state?.locked ?? {})) locks = null;
    },
    undo() {
      const last = before.pop();
      if (last !== undefined) ({ edits, locks } = last);
      if (!self.dirty) self.rebase();
    },
    forget() {
      edits = new Map();
      locks = null;
      before.length = 0;
      self.rebase();
    },
    change(only = null) {
      const values = {};
      for (const [key, value] of only ?? edits) {
        const dot = key.indexOf(".");
        if (dot < 0) values[key] = value;
        else (values[key.slice(0, dot)] ??= {})[key.slice(dot + 1)] = value;
      }
      return values;
    },
  };
  return self;
}
