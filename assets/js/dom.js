// Finding nodes, and putting HTML in the place of other HTML without losing what a person is at.

export const $ = (selector, root = document) => root.querySelector(selector);
export const all = (selector, root = document) => [...root.querySelectorAll(selector)];
export const soon = (ms) => new Promise((done) => { setTimeout(done, ms); });
export const painted = () => new Promise((done) => {
  requestAnimationFrame(() => requestAnimationFrame(done));
});

const shown = new WeakMap(); // of a place: its HTML around the regions, and each region's own

// Put `html` into `place`. What stays the same is left alone: figures, and regions `data-keep="NAME"`
// of which the HTML is the same. Focus stays on the same control, and `data-scrolls` where it was.
export function swap(place, html) {
  const made = document.createElement('template');
  made.innerHTML = html;
  const next = made.content;
  const old = shown.get(place);
  const now = described(made);
  shown.set(place, now);
  if (old?.frame !== now.frame || old.regions.size !== now.regions.size) { put(place, next); return; }
  for (const node of all('[data-keep]', next)) {
    const name = node.dataset.keep;
    const region = $(`[data-keep="${CSS.escape(name)}"]`, place);
    if (!region || old.regions.get(name) === now.regions.get(name)) continue;
    const held = document.createDocumentFragment();
    held.append(...node.childNodes);
    put(region, held);
  }
}

export function adopt(place) { // what stands in a place that has just come is what was put there
  const made = document.createElement('template');
  made.innerHTML = place.innerHTML;
  shown.set(place, described(made));
}

// The HTML of a template's regions, and of what stands around them; the template stays as it was.
function described(made) {
  const nodes = all('[data-keep]', made.content);
  const regions = new Map(nodes.map((node) => [node.dataset.keep, node.innerHTML]));
  const held = nodes.map((node) => [node, [...node.childNodes]]);
  for (const node of nodes) node.replaceChildren();
  const frame = made.innerHTML;
  for (const [node, children] of held) node.replaceChildren(...children);
  return { frame, regions };
}

function put(place, next) {
  const active = document.activeElement;
  const focus = place.contains(active) ? selectorOf(active) : null;
  const scrolled = all('[data-scrolls]', place).map((node) => [node.dataset.scrolls, node.scrollTop]);
  for (const slot of all('[data-part]', next)) { // a figure that is drawn stays as it is
    const old = $(`[data-part="${CSS.escape(slot.dataset.part)}"]`, place);
    if (old) slot.replaceWith(old);
  }
  place.replaceChildren(next);
  for (const [name, top] of scrolled) {
    const node = $(`[data-scrolls="${CSS.escape(name)}"]`, place);
    if (node) node.scrollTop = top;
  }
  if (focus && document.activeElement !== active) $(focus, place)?.focus({ preventScroll: true });
}

// A selector that finds the same control again: its id, or its tag and all its data attributes.
export function selectorOf(node) {
  if (node.id) return `#${CSS.escape(node.id)}`;
  const data = [...node.attributes].filter(({ name }) => name.startsWith('data-') || name === 'name');
  return node.localName + data.map(({ name, value }) => `[${name}="${CSS.escape(value)}"]`).join('');
}

export function sentence(text) { // what went wrong, as HTML
  const line = document.createElement('p');
  line.className = 'sl-error';
  line.setAttribute('role', 'alert');
  line.textContent = text;
  return line.outerHTML;
}
