// Draws when something new is there: at most 30 times a second, and not at all while nobody can see the page.
const LEAST_BETWEEN_MS = 1000 / 30;
// Frames of a screen do not fall on a grid of ours: what comes this much too early is drawn all the same.
const EARLY_MS = 4;

const reduced = matchMedia("(prefers-reduced-motion: reduce)");

// Whether the person asked the system for little motion.
export const calm = () => reduced.matches;

export function drawing(draw) {
  let asked = 0;
  let last = -Infinity;
  let ended = false;

  function frame(now) {
    asked = 0;
    if (ended) return;
    if (now - last < LEAST_BETWEEN_MS - EARLY_MS) {
      asked = requestAnimationFrame(frame);
      return;
    }
    last = now;
    draw(now);
  }

  function ask() {
    if (!asked && !ended && !document.hidden) asked = requestAnimationFrame(frame);
  }

  document.addEventListener("visibilitychange", ask);
  return {
    ask,
    end() {
      ended = true;
      cancelAnimationFrame(asked);
      document.removeEventListener("visibilitychange", ask);
    },
  };
}

// Draws one after another of many parts, those alone that can be seen, as many as a frame has time for; who did not
// get a turn is first in the next frame. draw_ms: the time for it.
export function inTurns(draw_ms) {
  const parts = [];
  const seen = new Set();
  const watcher = new IntersectionObserver((changes) => {
    for (const { target, isIntersecting } of changes) isIntersecting ? seen.add(target) : seen.delete(target);
  }, { rootMargin: "100px" });
  let next = 0;
  return {
    add(place, draw) {
      parts.push({ place, draw });
      watcher.observe(place);
    },
    // Returns whether all that can be seen was drawn.
    draw() {
      const end = performance.now() + draw_ms;
      for (let drawn = 0; drawn < parts.length; drawn++) {
        const part = parts[next];
        next = (next + 1) % parts.length;
        if (!seen.has(part.place)) continue;
        part.draw();
        if (performance.now() > end) return false;
      }
      return true;
    },
    end: () => watcher.disconnect(),
  };
}
