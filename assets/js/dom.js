// Finding nodes, and putting HTML in the place of other HTML without losing what a person is at.

export const $ = (selector, root = document) => root.querySelector(selector);
export const all = (selector, root = document) => [...root.querySelectorAll(selector)];
export const soon = (ms) => new Promise((done) => { setTimeout(done, ms); });
export const painted = () => new Promise((done) => {
  requestAnimationFrame(() => requestAnimationFrame(done));
});

const sources = new WeakMap(); // of a region: the HTML that it was made of

// Put `html` into `place`. What stays the same is left alone: figures, and regions `data-keep="NAME"`
// of which the HTML is the same. Focus stays on the same control, and `data-scrolls` where it was.
export function swap(place, html) {
  const next = document.createElement('template');
  next.innerHTML = html;
  const active = document.activeElement;
  const focus = place.contains(active) ? selectorOf(active) : null;
  const scrolled = all('[data-scrolls]', place).map((node) => [node.dataset.scrolls, node.scrollTop]);
  for (const slot of all('[data-part]', next.content)) {
    const old = $(`[data-part="${CSS.escape(slot.dataset.part)}"]`, place);
    if (old) slot.replaceWith(old);
  }
  for (const region of all('[data-keep]', next.content)) {
    const source = region.outerHTML;
    const old = $(`[data-keep="${CSS.escape(region.dataset.keep)}"]`, place);
    if (old && sources.get(old) === source) region.replaceWith(old); else sources.set(region, source);
  }
  place.replaceChildren(next.content);
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
