// Reads the binary frames of /api/live; clinic/live/frames.py says what is in them. decode(buffer) returns
// [kind, message] pairs with the names of the contract; what is missing is null, what is long stays a Float32Array.
// Every message has stamp_wall_ms and heard_wall_ms: when it was stamped, and when the clinic had it, as wall time.
const VERSION = 1;
const HEAD_BYTES = 12;
const words = new TextDecoder();

const up8 = (bytes) => (bytes + 7) & ~7;

function named(names, values) {
  const made = {};
  names.forEach((name, place) => { if (!Number.isNaN(values[place])) made[name] = values[place]; });
  return made;
}

const READERS = {
  1: ({ text, numbers, arrays }) => {
    const [t_ns, stamp_wall_ms, heard_wall_ms, sample_index, confidence, effort] = numbers;
    const [level, health, scores, intent, shaped] = arrays;
    return ["signal", {
      t_ns, stamp_wall_ms, heard_wall_ms, sample_index, confidence, effort, level, scores,
      state: text.state, decided: text.decided, cuts: text.cuts,
      health: Array.from(health, (place) => text.words[place]),
      intent: named(text.joints, intent), shaped: named(text.joints, shaped),
    }];
  },
  2: ({ text, numbers, arrays }) => {
    const [t_ns, stamp_wall_ms, heard_wall_ms, last_seq, grip] = numbers;
    const [position, velocity, load, travel] = arrays;
    return ["state", {
      t_ns, stamp_wall_ms, heard_wall_ms, last_seq, session: text.session, stopped: text.stopped, guard: text.guard,
      grip_force_n: Number.isNaN(grip) ? null : grip,
      position_rad: named(text.joints, position), velocity_rad_s: named(text.joints, velocity),
      load_nm: named(text.joints, load), travel_rad: named(text.joints, travel),
    }];
  },
  3: ({ text, numbers, arrays }) => {
    const [t_publish_ns, stamp_wall_ms, heard_wall_ms, seq, sample_index, t_sample_ns, ttl_ms] = numbers;
    return ["command", {
      t_publish_ns, stamp_wall_ms, heard_wall_ms, seq, sample_index, t_sample_ns, ttl_ms,
      session: text.session, state: text.state, ends_session: text.ends_session,
      velocity_rad_s: named(text.joints, arrays[0]),
    }];
  },
  4: ({ numbers, arrays }) => {
    const [t_ns, stamp_wall_ms, heard_wall_ms, first_index, rate_hz, channels] = numbers;
    return ["emg", { t_ns, stamp_wall_ms, heard_wall_ms, first_index, rate_hz, channels, samples: arrays[0] }];
  },
};

function record(buffer, at) {
  const view = new DataView(buffer, at);
  const [what, version, count, array_count] = [0, 1, 2, 3].map((place) => view.getUint8(place));
  if (version !== VERSION || !(what in READERS)) throw new Error(`frame ${what} of version ${version}: reload the page`);
  const length = view.getUint32(4, true);
  const text_bytes = view.getUint32(8, true);
  let next = at + up8(HEAD_BYTES + 4 * array_count);
  const numbers = new Float64Array(buffer, next, count);
  next += 8 * count;
  const arrays = [];
  for (let place = 0; place < array_count; place++) {
    const values = view.getUint32(HEAD_BYTES + 4 * place, true);
    arrays.push(new Float32Array(buffer, next, values));
    next += up8(4 * values);
  }
  const text = JSON.parse(words.decode(new Uint8Array(buffer, next, text_bytes)));
  return [READERS[what]({ text, numbers, arrays }), length];
}

export function decode(buffer) {
  const found = [];
  for (let at = 0; at < buffer.byteLength;) {
    const [message, length] = record(buffer, at);
    found.push(message);
    at += length;
  }
  return found;
}
