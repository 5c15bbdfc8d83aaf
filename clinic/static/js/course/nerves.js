// Each nerve over the weeks since surgery: how far it is, what was measured, and measuring it now.
import { get, post } from "../api.js";
import { element } from "../dom.js";
import { number, t, words } from "../i18n.js";
import { svg } from "../svg.js";
import { bands, chart, frame, line, picture, steps, xAxis, yAxis } from "./chart.js";
import { measureButtons } from "./measuring.js";
import { button, day, orNothing, STAGES, stageSteps, stageWord, tried, unitWord } from "./parts.js";
import { planEditor } from "./plan.js";

const LEAST_WEEKS = 30;
const ROW_PX = 44;

export async function showNerves(place, board) {
  const path = `/wearers/${board.wearer_id}/course`;
  const shown = element("div");
  place.append(shown);
  let endings = [];
  board.endings.push(() => { for (const end of endings) end(); });

  async function draw(course) {
    for (const end of endings) end();
    endings = [];
    const keep = (made) => { endings.push(made.end); return made.place; };
    const span = weeksOf(course);
    shown.replaceChildren(
      summary(course),
      course.sites.length ? timeline(course, span, keep) : element("p", { class: "card" }, t(board.is_clinician ? "course.no_transfers_clinician" : "course.no_transfers")),
      element("div", { class: "course-sites" }, ...course.sites.map((site) => siteCard(course, site, span, keep, board, again, path, endings))),
      board.is_clinician ? planEditor(course, board, path, draw) : "");
  }

  const again = async () => {
    const course = await tried(() => get(path));
    if (course) await draw(course);
  };
  await again();
}

function weeksOf(course) {
  const weeks = course.sites.flatMap((site) => site.points.map((point) => point.weeks ?? 0));
  return [Math.min(0, ...weeks), Math.max(LEAST_WEEKS, (course.weeks ?? 0) + 2, ...weeks.map((one) => one + 2))];
}

function summary(course) {
  const since = course.plan.surgery === null ? t("course.no_surgery")
    : course.weeks < 0 ? t("course.before_surgery", { day: day(course.plan.surgery), weeks: number(-course.weeks) })
      : t("course.since_surgery", { day: day(course.plan.surgery), weeks: number(course.weeks) });
  const joints = Object.entries(course.joints);
  return element("section", { class: "card", "aria-labelledby": "course-joints" },
    element("h2", { id: "course-joints" }, t("course.joints")),
    element("p", {}, since),
    ...joints.map(([joint, stage]) => element("div", {}, element("strong", {}, words(joint)), ": ", stageWord(stage), stageSteps(stage))),
    element("p", { class: "quiet" }, t("course.joint_rule")));
}

// A row for each nerve, a disc for each measurement with the number of its stage.
function timeline(course, span, keep) {
  const spans = course.bands.map((band) => ({ from: band.from_week, to: band.to_week, word: t(`course.band.${band.key}`) }));
  const label = course.sites.map((site) => t("course.timeline_row", { nerve: site.transfer.nerve, stage: stageWord(site.stage) })).join("; ");
  const made = chart(label, (width) => {
    const canvas = frame(width, 76 + ROW_PX * course.sites.length, span, [0, 1], { top: 46, left: 12 });
    return picture(canvas,
      bands(canvas, spans, span),
      xAxis(canvas, steps(...span, width / 60), (week) => number(week, 0)),
      course.weeks === null ? [] : svg("line", { class: "today", x1: canvas.x(course.weeks), x2: canvas.x(course.weeks), y1: canvas.top, y2: canvas.floor }),
      course.sites.map((site, row) => {
        const y = canvas.top + ROW_PX * row + 30;
        return [
          svg("text", { x: canvas.left + 2, y: y - 14 }, `${site.transfer.nerve} → ${words(site.transfer.motion)}`),
          site.points.filter((point) => point.weeks !== null).map((point) => {
            const stage = STAGES.indexOf(point.stage);
            return [
              svg("circle", { class: stage ? "disc done" : "disc", cx: canvas.x(point.weeks), cy: y, r: 9 }, svg("title", {}, `${day(point.at)}: ${stageWord(point.stage)}`)),
              svg("text", { x: canvas.x(point.weeks), y: y + 4, "text-anchor": "middle" }, String(stage)),
            ];
          }),
        ];
      }));
  });
  return element("section", { class: "card", "aria-labelledby": "course-timeline" },
    element("h2", { id: "course-timeline" }, t("course.timeline")),
    keep(made),
    element("p", { class: "quiet" }, t("course.weeks_axis"), " ", STAGES.map((stage, index) => `${index} ${stageWord(stage)}`).join(", "), "."),
    element("details", {}, element("summary", {}, t("course.sources")),
      element("ul", {}, ...course.bands.map((band) => element("li", {}, `${t(`course.band.${band.key}`)}: ${band.source}`)),
        element("li", {}, t("course.stages_source")))));
}

function siteCard(course, site, span, keep, board, again, path, endings) {
  const { transfer, points } = site;
  const heading = `${transfer.nerve} → ${transfer.muscle}`;
  const plots = points.some((point) => point.weeks !== null) ? [
    plot("strength", points, span, keep, (point) => point.strength_db, [0, 40], 0),
    plot("spread", points, span, keep, (point) => point.onset_spread_s, [0, 1], 1),
    plot("independence", points, span, keep, (point) => (point.independence === null ? null : 100 * point.independence), [0, 100], 0),
  ] : [];
  const newest = points.at(-1);
  return element("section", { class: "card", "aria-label": heading },
    element("h2", {}, heading),
    element("p", {}, t("course.means", { motion: words(transfer.motion), joint: site.current ? words(transfer.joint) : t("course.former") }), " ",
      transfer.channel ? t("course.channel", { channel: transfer.channel }) : t("course.no_channel")),
    element("p", {}, element("span", { class: "course-stage" }, stageWord(site.stage))),
    newest ? element("p", {}, t("course.newest", { day: day(newest.at), strength: number(newest.strength, 1), unit: unitWord(newest.unit),
      db: number(newest.strength_db, 1), onsets: newest.onsets, repetitions: newest.repetitions,
      independence: orNothing(newest.independence === null ? null : 100 * newest.independence, 0, " %") })) : element("p", { class: "quiet" }, t("course.not_measured")),
    site.current ? measureButtons(transfer, board, path, again, endings) : "",
    ...plots,
    points.length ? table(site, board, path, again) : "");
}

function plot(name, points, span, keep, value, [from, least], digits) {
  const there = points.filter((point) => point.weeks !== null);
  const values = there.map(value).filter((one) => one !== null);
  const to = Math.max(least, ...values);
  const bottom = Math.min(from, ...values);
  const title = t(`course.plot.${name}`);
  const told = values.length ? t("course.plot_told", { title, first: number(values[0], 2), last: number(values.at(-1), 2) }) : title;
  return element("div", {}, element("h3", {}, title), keep(chart(told, (width) => {
    const canvas = frame(width, 120, span, [bottom, to]);
    return picture(canvas,
      xAxis(canvas, steps(...span, width / 60), (week) => number(week, 0)),
      yAxis(canvas, steps(bottom, to, 3), (one) => number(one, digits)),
      line(canvas, there.map((point) => ({ x: point.weeks, y: value(point), title: `${day(point.at)}: ${orNothing(value(point), 2)}` }))));
  })));
}

function table(site, board, path, again) {
  const heads = ["day", "week", "strength_of", "db", "onsets", "onset", "spread_of", "own", "hold", "grading", "stage", "source"];
  const rows = site.points.toReversed().map((point) => {
    const cells = [day(point.at), orNothing(point.weeks), `${number(point.strength, 1)} ${unitWord(point.unit)}`, number(point.strength_db, 1), `${point.onsets}/${point.repetitions}`,
      orNothing(point.onset_s, 2), orNothing(point.onset_spread_s, 2), orNothing(point.independence === null ? null : 100 * point.independence, 0),
      orNothing(point.hold_share === null ? null : 100 * point.hold_share, 0), orNothing(point.grading, 2), stageWord(point.stage),
      t(`course.source.${point.source}`)];
    const leave = board.is_clinician ? element("td", {}, button(t("course.leave_out"), async () => {
      if (await tried(() => post(`${path}/measurements/${point.id}/withdraw`))) await again();
    }, { "aria-label": t("course.leave_out_of", { day: day(point.at) }) })) : null;
    return element("tr", {}, ...cells.map((cell) => element("td", { class: "number" }, cell)), leave);
  });
  return element("details", {}, element("summary", {}, t("course.all_measurements", { count: site.points.length })),
    element("div", { class: "course-wide", tabindex: 0, role: "region", "aria-label": t("course.all_measurements", { count: site.points.length }) }, element("table", {},
      element("thead", {}, element("tr", {}, ...heads.map((head) => element("th", { scope: "col" }, t(`course.head.${head}`))),
        board.is_clinician ? element("td", {}) : null)),
      element("tbody", {}, ...rows))));
}
