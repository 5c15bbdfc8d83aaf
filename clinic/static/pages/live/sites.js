// A tile for each site: how well it is heard, its level, the last seconds of both its level and its raw signal.
import { colour, element, onColours } from "../../js/dom.js";
import { inTurns } from "../../js/drawing.js";
import { has, number, t } from "../../js/i18n.js";
import { onKey } from "../../js/keys.js";
import { envelopeStrip, SHOWN_S } from "./envelope_strip.js";
import { pixelOf, rawRing, rawStrip } from "./raw_strip.js";

const RAW = "live.raw";
const TIME_FOR_STRIPS_MS = 12;
const NUMBERS_EVERY_MS = 250;

const unitOf = (device) => (device?.unit === "uV" ? "µV" : device?.unit ?? "");
const inWords = (health) => (has(`live.health.${health}`) ? t(`live.health.${health}`) : health);

export function sites(live, ask) {
  const grid = element("div", { class: "sites" });
  const all_well = element("p", { class: "sites-health" });
  const raw_box = element("input", { type: "checkbox", id: "raw", onchange: () => showRaw(raw_box.checked) });
  const root = element("section", { class: "card live-sites", "aria-labelledby": "sites-title" },
    element("div", { class: "row" }, element("h2", { id: "sites-title" }, t("live.sites")),
      element("label", { class: "row" }, raw_box, t("live.show_raw"))),
    all_well, grid);
  const times = [];
  const ring = rawRing();
  let tiles = [];
  let turns = inTurns(TIME_FOR_STRIPS_MS);
  let colours = readColours();
  let stop_raw = null;
  let numbers_at = 0;
  let labels = "";
  let newest = null;
  let begun_ns = 0;
  let stale = true;

  function readColours() {
    return { accent: colour("accent"), accent_quiet: colour("accent-quiet"), ink: pixelOf(colour("text")) };
  }

  function build(count) {
    tiles.forEach((tile) => tile.envelope.end());
    turns.end();
    turns = inTurns(TIME_FOR_STRIPS_MS);
    times.length = 0;
    const device = live.newest("controller_status")?.device;
    tiles = Array.from({ length: count }, (_, channel) => makeTile(channel, device));
    grid.replaceChildren(...tiles.map((tile) => tile.place));
    for (const tile of tiles) {
      tile.envelope = envelopeStrip(tile.envelope_place, times, () => colours);
      tile.raw = rawStrip(tile.canvas, ring, tile.channel, () => colours.ink);
      // Ten seconds move by less than a pixel in a frame: every other one is enough, half of the sites in each.
      let skip = tile.channel % 2 === 0;
      turns.add(tile.place, () => {
        skip = !skip;
        if (!skip) tile.envelope.draw();
        if (stop_raw) tile.raw.draw();
      });
    }
  }

  function makeTile(channel, device) {
    const name = device?.labels[channel] ?? "";
    const health = element("p", { class: "health" });
    const level = element("span", { class: "level" });
    const scale = element("span", { class: "quiet scale" });
    const envelope_place = element("div", { class: "strip", role: "img",
      "aria-label": t("live.envelope_of", { site: channel + 1 }) });
    const canvas = element("canvas", { class: "strip raw", hidden: stop_raw === null, role: "img",
      "aria-label": t("live.raw_of", { site: channel + 1 }) });
    const place = element("article", { class: "site" },
      element("h3", {}, element("span", { class: "number" }, String(channel + 1)), " ", name),
      health, element("p", { class: "values" }, level, scale), envelope_place, canvas);
    return { channel, place, health, level, scale, envelope_place, canvas, told: "" };
  }

  function showRaw(wanted) {
    localStorage.setItem(RAW, wanted ? "on" : "off");
    raw_box.checked = wanted;
    if (wanted && !stop_raw) stop_raw = live.on("emg", (block) => { ring.take(block); ask(); });
    else if (!wanted) {
      stop_raw?.();
      stop_raw = null;
    }
    for (const tile of tiles) tile.canvas.hidden = !wanted;
    ask();
  }

  function tellHealth(tile, health) {
    if (tile.told === health) return;
    tile.told = health;
    const good = health === "good";
    tile.place.dataset.health = health;
    tile.health.className = good ? "health good" : "health bad";
    tile.health.textContent = `${good ? "✓" : "⚠"} ${inWords(health)}`;
  }

  function tellAll(healths) {
    const wrong = healths.flatMap((health, channel) => (health === "good" ? [] : [
      t("live.site_says", { site: channel + 1, words: inWords(health) })]));
    const said = wrong.length ? wrong.join("; ") : t("live.all_good");
    if (all_well.textContent !== said) {
      all_well.textContent = said;
      all_well.className = wrong.length ? "sites-health bad" : "sites-health good";
    }
  }

  const ends = [
    live.on("signal", (signal) => {
      // A controller that has begun anew begins a new picture.
      if (newest && signal.t_ns < newest.t_ns) stale = true;
      newest = signal;
      if (stale || signal.level.length !== tiles.length) {
        stale = false;
        begun_ns = signal.t_ns;
        build(signal.level.length);
      }
      times.push((signal.t_ns - begun_ns) / 1e9);
      const old = times.findIndex((time) => time >= times.at(-1) - SHOWN_S);
      times.splice(0, old);
      tiles.forEach(({ envelope: { levels } }, channel) => {
        levels.push(signal.level[channel]);
        levels.splice(0, levels.length - times.length);
      });
    }),
    live.on("controller_status", ({ device }) => {
      const now = JSON.stringify(device?.labels ?? []);
      if (now !== labels) stale = true;
      labels = now;
    }),
    onColours(() => {
      colours = readColours();
      for (const tile of tiles) tile.envelope.colours();
      ask();
    }),
    onKey("r", t("live.key_raw"), () => showRaw(!raw_box.checked)),
  ];
  showRaw(localStorage.getItem(RAW) === "on");

  return {
    root,
    moving: true,
    draw(now) {
      if (!newest) return;
      if (!turns.draw()) ask();
      if (now - numbers_at < NUMBERS_EVERY_MS) return;
      numbers_at = now;
      const unit = unitOf(live.newest("controller_status")?.device);
      tellAll(newest.health);
      for (const tile of tiles) {
        tellHealth(tile, newest.health[tile.channel]);
        tile.level.textContent = `${number(newest.level[tile.channel], 1, 1)} ${unit}`;
        tile.scale.textContent = t(stop_raw ? "live.scale_raw" : "live.scale", {
          top: number(tile.envelope.top, 0), reach: number(tile.raw.reach, 0), unit });
      }
    },
    end() {
      stop_raw?.();
      ends.forEach((end) => end());
      turns.end();
      tiles.forEach((tile) => tile.envelope?.end());
    },
  };
}
