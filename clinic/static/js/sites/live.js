// Levels as they come: how loud each site is, and which two go together over the last seconds.
const KEPT = 200;

export function liveLevels(live) {
  const kept = [];
  let newest = null;
  const end = live.on("signal", (signal) => {
    newest = signal;
    kept.push(signal.level);
    if (kept.length > KEPT || kept[0].length !== signal.level.length) kept.shift();
  });

  function highest(channel) {
    return kept.reduce((most, level) => Math.max(most, level[channel]), 1e-9);
  }

  // Correlation of two channels' levels over what is kept; null while nothing moves.
  function together(one, other) {
    const rows = kept.filter((level) => one < level.length && other < level.length);
    if (rows.length < 40) return null;
    const mean = (channel) => rows.reduce((sum, level) => sum + level[channel], 0) / rows.length;
    const [a, b] = [mean(one), mean(other)];
    let [ab, aa, bb] = [0, 0, 0];
    for (const level of rows) {
      ab += (level[one] - a) * (level[other] - b);
      aa += (level[one] - a) ** 2;
      bb += (level[other] - b) ** 2;
    }
    return aa > 0 && bb > 0 ? ab / Math.sqrt(aa * bb) : null;
  }

  return { end, highest, together, newest: () => newest };
}
