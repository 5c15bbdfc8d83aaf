// Our own drawings of what a prompt asks for: an arm of a few strokes, where it goes, and where it came from.
import { svg } from "../svg.js";

const line = (points, width, kind = "limb") => svg("polyline", {
  points: points.map((point) => point.join(",")).join(" "), class: kind, "stroke-width": width, fill: "none",
  "stroke-linecap": "round", "stroke-linejoin": "round",
});

function arrow(path, end, turned_deg) {
  return svg("g", { class: "go" },
    svg("path", { d: path, fill: "none", "stroke-width": 7, "stroke-linecap": "round" }),
    svg("polygon", { points: "0,-13 20,0 0,13", transform: `translate(${end.join(" ")}) rotate(${turned_deg})`, stroke: "none" }));
}

// Hands point to the right from the wrist at (0, 0); they are turned and moved to where they belong.
const HANDS = {
  open: () => [
    line([[0, 0], [24, 0]], 30),
    ...[[-30, 62], [-12, 72], [8, 72], [28, 62]].map(([y, x]) => line([[26, y / 3], [x, y]], 10)),
    line([[10, -8], [22, -40]], 11),
  ],
  closed: () => [
    line([[0, 0], [22, 0]], 30),
    svg("rect", { x: 14, y: -24, width: 44, height: 46, rx: 17, class: "fist" }),
    ...[-10, 1, 12].map((y) => line([[34, y], [56, y]], 3, "crease")),
    line([[18, -16], [42, -23]], 12),
  ],
  easy: () => [
    line([[0, 0], [22, 0]], 28),
    ...[-9, 0, 9].map((y) => line([[24, y], [46, y + 2], [56, y + 12]], 9)),
    line([[12, -10], [32, -20]], 10),
  ],
};

const hand = (kind, [x, y], turned_deg, size = 1) =>
  svg("g", { transform: `translate(${x} ${y}) rotate(${turned_deg}) scale(${size})` }, ...HANDS[kind]());

const elbow = (wrist, ghost, go, kind) => [
  line([[70, 110], ghost], 20, "ghost"),
  line([[62, 34], [70, 110]], 28),
  line([[70, 110], wrist], 22),
  hand(kind, wrist, (Math.atan2(wrist[1] - 110, wrist[0] - 70) * 180) / Math.PI, 0.6),
  go,
];
const near = (kind, go = null, turned_deg = 0) => [line([[8, 120], [78, 110]], 34), hand(kind, [80, 110], turned_deg - 6, 1.35), go];

const MOTIONS = {
  rest: () => [line([[78, 26], [82, 96]], 28), line([[82, 96], [98, 146]], 22), hand("easy", [98, 146], 78, 0.6)],
  elbow_flexion: () => elbow([128, 62], [112, 166], arrow("M150 140 A70 70 0 0 0 158 84", [157, 90], -80), "easy"),
  elbow_extension: () => elbow([112, 166], [128, 62], arrow("M158 76 A70 70 0 0 1 152 138", [153, 132], 100), "easy"),
  hand_open: () => near("open", arrow("M150 60 L168 42", [162, 48], -45)),
  hand_close: () => near("closed", arrow("M188 60 L172 76", [178, 70], 135)),
  pronation: () => near("easy", arrow("M132 62 A50 46 0 0 1 140 158", [142, 157], 155)),
  supination: () => near("easy", arrow("M132 162 A50 46 0 0 0 140 62", [142, 62], -155)),
  wrist_flexion: () => near("easy", arrow("M176 90 A70 70 0 0 1 150 164", [156, 158], 125), 40),
  wrist_extension: () => near("easy", arrow("M170 140 A70 70 0 0 0 150 54", [156, 60], -125), -40),
};

// Where the arm is held, seen from the side, looking to the right.
const POSITIONS = { down: [[92, 74], [98, 128]], forward: [[124, 62], [172, 62]], up: [[118, 36], [140, -4]] };

function body(place) {
  return [
    svg("circle", { cx: 86, cy: 24, r: 19, class: "body" }),
    line([[84, 58], [84, 122]], 34, "body"),
    line([[80, 130], [78, 192]], 20, "body"),
    line([[84, 62], ...POSITIONS[place]], 16, "limb"),
  ];
}

const framed = (children, label) =>
  svg("svg", { viewBox: "0 -14 200 214", class: "picture", role: "img", "aria-label": label }, ...children);

export function pictureOfMotion(name, label) {
  return framed((MOTIONS[name] ?? MOTIONS.rest)(), label);
}

export function pictureOfPosition(name, label) {
  return framed(body(name in POSITIONS ? name : "down"), label);
}
