// Where the parts of an arm are for given joint angles: points in metres, x forward, y up, z to the side, shoulder at
// the origin. For a right arm; lengths of an average adult, so that it looks like one. Joints that are not there stand
// at 0, as controller/contract has them: elbow 0 straight, wrist_rotation 0 thumb up, hand 0 open.
const UPPER = 0.30;
const FORE = 0.26;
const PALM = 0.09;
const FINGER = [0.045, 0.045];
const THUMB = [0.04, 0.04];
const CLOSED_RAD = 1.4;

const add = (a, b, k = 1) => [a[0] + k * b[0], a[1] + k * b[1], a[2] + k * b[2]];
const mix = (a, b, angle) => add(a.map((v) => v * Math.cos(angle)), b, Math.sin(angle));

export function armPose(angles) {
  const { elbow = 0, wrist_rotation = 0, wrist_flexion = 0, wrist_deviation = 0, hand = 0 } = angles;
  const closed = Math.min(Math.max(hand / CLOSED_RAD, 0), 1);
  const shoulder = [0, 0, 0];
  const elbow_at = [0, -UPPER, 0];
  const fore = [Math.sin(elbow), -Math.cos(elbow), 0];
  const upward = [Math.cos(elbow), Math.sin(elbow), 0];
  const inward = [0, 0, -1];
  // Supination turns the thumb outward, the palm up.
  const thumb_side = mix(upward, inward, -wrist_rotation);
  const palm_side = mix(inward, upward, wrist_rotation);
  const wrist = add(elbow_at, fore, FORE);
  const bent = mix(fore, palm_side, wrist_flexion);
  const palm_bent = mix(palm_side, fore, -wrist_flexion);
  const along = mix(bent, thumb_side, wrist_deviation);
  const across = mix(thumb_side, bent, -wrist_deviation);
  const knuckles = add(wrist, along, PALM);
  const bones = [
    { part: "upper", from: shoulder, to: elbow_at, radius: 0.045 },
    { part: "fore", from: elbow_at, to: wrist, radius: 0.036 },
  ];
  for (let finger = 0; finger < 4; finger++) {
    const side = 0.03 - 0.02 * finger;
    const base = add(knuckles, across, side);
    const middle = add(base, mix(along, palm_bent, 0.15 + 1.2 * closed), FINGER[0]);
    const tip = add(middle, mix(along, palm_bent, 0.3 + 2.4 * closed), FINGER[1]);
    bones.push({ part: "hand", from: add(wrist, across, 0.7 * side), to: base, radius: 0.014 },
      { part: "hand", from: base, to: middle, radius: 0.010 }, { part: "hand", from: middle, to: tip, radius: 0.009 });
  }
  const thumb_root = add(add(wrist, along, 0.02), across, 0.03);
  const opposing = mix(across, palm_bent, 0.2 + 1.1 * closed);
  const thumb_middle = add(thumb_root, mix(along, opposing, 0.8), THUMB[0]);
  const thumb_tip = add(thumb_middle, mix(along, opposing, 0.7 - 0.3 * closed), THUMB[1]);
  bones.push({ part: "thumb", from: thumb_root, to: thumb_middle, radius: 0.012 },
    { part: "thumb", from: thumb_middle, to: thumb_tip, radius: 0.010 });
  return bones;
}
