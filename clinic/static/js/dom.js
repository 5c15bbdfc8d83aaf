// Elements without a library: element("button", {class: "main", onclick: f}, "text", child, ...).
export function element(tag, attributes = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith("on")) made.addEventListener(name.slice(2), value);
    else if (value === true) made.setAttribute(name, "");
    else if (value !== false && value !== null && value !== undefined) made.setAttribute(name, value);
  }
  made.append(...children.filter((child) => child !== null && child !== undefined));
  return made;
}

// Links a style sheet once; settles when it is there, so that a page is not seen without it.
export function linkStyle(href) {
  if (document.querySelector(`link[href="${href}"]`)) return Promise.resolve();
  return new Promise((settle) => {
    const link = element("link", { rel: "stylesheet", href, onload: settle, onerror: settle });
    document.head.append(link);
  });
}

// What a colour of base.css is now, such as colour("accent"): canvases do not take variables.
export function colour(name) {
  const probe = document.createElement("span");
  probe.style.color = `var(--${name})`;
  document.body.append(probe);
  const found = getComputedStyle(probe).color;
  probe.remove();
  return found;
}

// Calls `listener` when colours change: the system's choice or the person's.
export function onColours(listener) {
  const system = matchMedia("(prefers-color-scheme: dark)");
  const watcher = new MutationObserver(listener);
  watcher.observe(document.documentElement, { attributeFilter: ["data-look"] });
  system.addEventListener("change", listener);
  return () => {
    watcher.disconnect();
    system.removeEventListener("change", listener);
  };
}
