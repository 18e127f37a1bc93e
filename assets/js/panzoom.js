// Pictures to zoom and to move: `[data-zoom]` holds `[data-zoom-stage]`. Those of one `[data-zooms]` go
// together while its `[data-zoom-together]` is on; with Shift, or while it is off, each goes alone.
import { $, all } from './dom.js';
import * as at from './zoom.js';

const CLOSE = 1.2; // a thumbnail may be drawn this much larger than it is
const places = new WeakMap();
const where = (view) => places.get(view) ?? at.WHOLE;

function put(view, place) {
  places.set(view, place);
  $('[data-zoom-stage]', view).style.transform = at.transform(place);
  $('.sl-zoom-share', view).textContent = at.share(place);
  view.classList.toggle('sl-zoomed', !at.isWhole(place));
  if (!at.isWhole(place)) sharpen(view);
}

function go(view, place, alone = false) {
  const group = view.closest('[data-zooms]');
  const box = group && (group.closest('[data-zoom-desk]') ?? group);
  const together = group && !alone && ($('[data-zoom-together]', box)?.checked ?? true);
  for (const one of together ? all('[data-zoom]', group) : [view]) put(one, place);
}

export function whole(root) { // other pictures: nothing is zoomed
  for (const view of all('[data-zoom]', root)) put(view, at.WHOLE);
}

// Put the whole picture in the place of its thumbnail, once it is there.
export function sharpen(view) {
  const image = $('img[data-whole]', view);
  if (!image || image.dataset.sharpens) return;
  image.dataset.sharpens = 'true';
  const large = new Image();
  large.onload = () => { image.src = large.src; delete image.dataset.whole; };
  large.onerror = () => { delete image.dataset.sharpens; }; // asked for again at the next look
  large.src = image.dataset.whole;
}

export function sharpenLarge(root) { // where a thumbnail is too small for its place
  for (const view of all('[data-zoom]', root)) {
    const image = $('img', view);
    const drawn = image.getBoundingClientRect().width * devicePixelRatio;
    const stored = Number($('[data-zoom-stage]', view).dataset.width) || 0;
    if (stored > image.naturalWidth && drawn > CLOSE * image.naturalWidth) sharpen(view);
  }
}

// Zoom or move by a key, the picture in focus or else the first of `root`; true if it was such a key.
export function byKey(event, root) {
  const view = event.target.closest?.('[data-zoom]') ?? $('[data-zoom]', root);
  if (!view || event.ctrlKey || event.metaKey || event.altKey) return false;
  const place = at.keyed(where(view), event.key);
  if (!place) return false;
  event.preventDefault();
  go(view, place, event.shiftKey && event.key.startsWith('Arrow'));
  return true;
}

function point(view, { clientX, clientY }) { // shares from the middle of the whole picture's frame
  const frame = view.getBoundingClientRect();
  const stage = $('[data-zoom-stage]', view);
  return {
    x: (clientX - frame.left - frame.width / 2) / stage.offsetWidth,
    y: (clientY - frame.top - frame.height / 2) / stage.offsetHeight,
  };
}

const viewAt = (event) => event.target.closest?.('[data-zoom]');
const draws = (view) => view.closest('[data-draws="true"]') !== null; // the pointer draws there

document.addEventListener('wheel', (event) => {
  const view = viewAt(event);
  if (!view || !(event.ctrlKey || view.closest('[data-zoom-wheel]'))) return;
  event.preventDefault();
  go(view, at.wheeled(where(view), event.deltaY, point(view, event)), event.shiftKey);
}, { passive: false });

document.addEventListener('dblclick', (event) => {
  const view = viewAt(event);
  if (!view || draws(view)) return;
  const now = where(view);
  go(view, at.isWhole(now) ? at.zoomed(now, 3, point(view, event)) : at.WHOLE, event.shiftKey);
});

const held = new Map(); // pointer -> { view, from, at }: fingers or the mouse on pictures
const fingers = (view) => [...held.values()].filter((one) => one.view === view);

function spread(view) {
  const [a, b] = fingers(view).map((one) => one.now);
  const apart = Math.hypot((a.x - b.x) * view.clientWidth, (a.y - b.y) * view.clientHeight);
  return { apart: Math.max(1, apart), middle: { x: (a.x + b.x) / 2, y: (a.y + b.y) / 2 } };
}

document.addEventListener('pointerdown', (event) => {
  const view = viewAt(event);
  if (!view || event.button !== 0 || draws(view)) return;
  const now = point(view, event);
  if (event.pointerType === 'mouse' && at.isWhole(where(view))) return;
  if (!at.isWhole(where(view))) {
    event.preventDefault();
    view.focus({ preventScroll: true });
  }
  view.setPointerCapture(event.pointerId);
  held.set(event.pointerId, { view, from: now, now, at: where(view) });
  if (fingers(view).length === 2) for (const one of fingers(view)) Object.assign(one, { at: where(view), spread: spread(view) });
});

document.addEventListener('pointermove', (event) => {
  const one = held.get(event.pointerId);
  if (!one) return;
  one.now = point(one.view, event);
  const alone = event.shiftKey;
  if (fingers(one.view).length === 2) go(one.view, at.pinched(one.at, one.spread, spread(one.view)), alone);
  else if (!at.isWhole(one.at)) {
    go(one.view, at.moved(one.at, one.now.x - one.from.x, one.now.y - one.from.y), alone);
  }
});

for (const name of ['pointerup', 'pointercancel']) {
  document.addEventListener(name, (event) => {
    const view = held.get(event.pointerId)?.view;
    held.delete(event.pointerId);
    for (const left of view ? fingers(view) : []) Object.assign(left, { from: left.now, at: where(view) });
  });
}
