// What drawings that change all the time need besides `svg`.
export { svg } from "../svg.js";

export function set(node, attributes) {
  for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
}

// Text may only change when it is another one: a node that is written 60 times in a second is laid out as often.
export function write(node, text) {
  if (node.textContent !== text) node.textContent = text;
}
