// The arm beside its command: on the left where the command leads, on the right what the arm reports.
import { colour, element, onColours } from "../../js/dom.js";
import { number, t, words } from "../../js/i18n.js";
import { say } from "../../js/say.js";
import { armFlat } from "./arm_flat.js";

const KEPT = "live.arm";
// Commands are velocities: the left arm stands where this one would lead in so much time, so that a glance compares.
const AHEAD_S = 0.5;
const NUMBERS_EVERY_MS = 250;
const degrees = (rad) => 180 / Math.PI * rad;

// Whether graphics draw what WebGL asks for. Where the processor must, it would be missing elsewhere: then the arm is
// drawn with lines unless a person wants it otherwise.
function drawnByGraphics() {
  const context = document.createElement("canvas").getContext("webgl2", { failIfMajorPerformanceCaveat: true });
  if (!context) return false;
  const names = context.getExtension("WEBGL_debug_renderer_info");
  const by = String(context.getParameter(names ? names.UNMASKED_RENDERER_WEBGL : context.RENDERER));
  context.getExtension("WEBGL_lose_context")?.loseContext();
  return !/swiftshader|llvmpipe|softpipe|software|basic render/i.test(by);
}

export function armView(live, ask) {
  const canvas = element("canvas", { class: "arm-canvas", role: "img", "aria-label": t("live.arm_picture") });
  const flat = ["side", "top"].map((view) => ["target", "reported"].map((which) =>
    armFlat(view, t(`live.flat.${view}_${which}`))));
  const flat_place = element("div", { class: "arm-flats" }, ...flat.flat().map(({ root }) => root));
  const solid_box = element("input", { type: "checkbox", id: "solid", onchange: () => choose(solid_box.checked) });
  const rows = element("tbody", {});
  const root = element("section", { class: "card live-arm", "aria-labelledby": "arm-title" },
    element("div", { class: "row" }, element("h2", { id: "arm-title" }, t("live.arm")),
      element("label", { class: "row" }, solid_box, t("live.solid"))),
    element("div", { class: "arm-heads" }, element("p", { class: "target" }, t("live.target", { s: number(AHEAD_S) })),
      element("p", { class: "reported" }, t("live.reported"))),
    canvas, flat_place,
    element("div", { class: "scrolls" }, element("table", {}, element("thead", {}, element("tr", {},
      ...["joint", "commanded", "speed", "angle"].map((name) => element("th", { scope: "col" }, t(`live.column.${name}`))))), rows)));
  let solid = null;
  let ended = false;
  let visible = true;
  let numbers_at = 0;
  let joints = "";
  let cells = [];

  const colours = () => ({ ground: colour("raised"), body: colour("quiet"), left: colour("warn"), right: colour("accent") });

  // `told`: a person asked for it, rather than nobody having said otherwise.
  async function show(wanted, told) {
    solid_box.checked = wanted;
    if (wanted && !solid && !told && !drawnByGraphics()) solid_box.checked = false;
    else if (wanted && !solid) {
      try {
        const { arm3d } = await import("./arm_3d.js");
        if (ended || !solid_box.checked) return;
        solid ??= arm3d(canvas, colours);
      } catch {
        say(t("live.no_webgl"));
        solid_box.checked = false;
        solid_box.disabled = true;
      }
    }
    canvas.hidden = !solid_box.checked || !solid;
    flat_place.hidden = !canvas.hidden;
    ask();
  }

  function choose(wanted) {
    localStorage.setItem(KEPT, wanted ? "solid" : "flat");
    show(wanted, true);
  }

  // Where the command leads from where the arm is, within the arm's own range.
  function ahead(position, velocity) {
    const limits = live.newest("arm_status")?.joints ?? [];
    return Object.fromEntries(Object.entries(position).map(([name, angle]) => {
      const limit = limits.find((joint) => joint.name === name);
      const there = angle + AHEAD_S * (velocity[name] ?? 0);
      return [name, limit ? Math.min(Math.max(there, limit.min_rad), limit.max_rad) : there];
    }));
  }

  function tell(state, velocity) {
    const names = Object.keys(state.position_rad);
    if (names.join() !== joints) {
      joints = names.join();
      cells = names.map((name) => ["commanded", "speed", "angle"].map(() => element("td", { class: "figure" })));
      rows.replaceChildren(...names.map((name, place) => element("tr", {}, element("th", { scope: "row" }, words(name)), ...cells[place])));
    }
    names.forEach((name, place) => {
      const [commanded, speed, angle] = cells[place];
      commanded.textContent = t("live.degrees_s", { value: number(degrees(velocity[name] ?? 0), 0) });
      speed.textContent = t("live.degrees_s", { value: number(degrees(state.velocity_rad_s[name] ?? 0), 0) });
      angle.textContent = t("live.degrees", { value: number(degrees(state.position_rad[name]), 0) });
    });
  }

  const watcher = new IntersectionObserver(([change]) => { visible = change.isIntersecting; ask(); });
  watcher.observe(root);
  const end_colours = onColours(() => { solid?.paint(); ask(); });
  canvas.hidden = true;
  const kept = localStorage.getItem(KEPT);
  show(kept !== "flat", kept === "solid");

  return {
    root,
    moving: true,
    draw(now) {
      const state = live.newest("state");
      if (!state || !visible) return;
      const velocity = live.newest("command")?.velocity_rad_s ?? {};
      const target = ahead(state.position_rad, velocity);
      if (!canvas.hidden) solid.draw(target, state.position_rad);
      else flat.forEach(([left, right]) => { left.draw(target); right.draw(state.position_rad); });
      if (now - numbers_at > NUMBERS_EVERY_MS) {
        numbers_at = now;
        tell(state, velocity);
      }
    },
    end() {
      ended = true;
      watcher.disconnect();
      end_colours();
      solid?.end();
    },
  };
}
