// What is selected, which is the page's address, and what tells that there may be more to show.
import { isStep, patched, textsOf } from './address.js';
import { voids } from './fields.js';

let known = null; // the address as text; null until the server has read it
let early = null; // a screen that was chosen before that

export const isRead = () => known !== null;
export const current = () => new URLSearchParams(known ?? location.search);
export const patch = (changes) => read(patched(current(), changes, voids.query).toString());

export function open(view) { // bring a screen to the front
  if (isRead()) patch({ view }); else early = view;
}

export function read(text) { // take a selection as it was read: show it in the address, and tell
  if (!text || text === known) return;
  const before = isRead() ? current() : null;
  known = text;
  if (!before && early) { patch({ view: early }); early = null; return; }
  const url = new URL(location);
  const theme = url.searchParams.get('__theme');
  url.search = text;
  if (theme) url.searchParams.set('__theme', theme);
  const goes = before && isStep(before, current()) ? 'pushState' : 'replaceState';
  if (url.href !== location.href) history[goes](null, '', url);
  document.dispatchEvent(new CustomEvent('sl-address'));
}

addEventListener('popstate', () => {
  const params = new URLSearchParams(location.search);
  params.delete('__theme');
  read(params.toString());
});

/* ---- what there is to show ------------------------------------------------------------------- */
const signals = new Map();
let slid = -Infinity; // when a slider was moved last
const SLIDING_MS = 300;

export function signal(name, text) { // there may be more to show of a kind
  if (signals.get(name) === text) return;
  signals.set(name, text);
  document.dispatchEvent(new CustomEvent('sl-signal', { detail: name }));
}

// The signals that a screen was drawn with; of which one was heard since, that one stays.
export function seedSignals(drawn) {
  for (const [name, text] of Object.entries(drawn)) if (!signals.has(name)) signals.set(name, text);
}

// What a part depends on, as a text: it is drawn again when its text changes.
export function textOf({ fields, signals: names }, params = current(), told = Object.fromEntries(signals)) {
  return [...textsOf(params, fields), ...names.map((name) => told[name] ?? '')].join('#');
}

export const isSliding = () => performance.now() - slid < SLIDING_MS;
export const restIn = () => Math.max(0, slid + SLIDING_MS - performance.now());

document.addEventListener('input', (event) => {
  if (event.target.matches?.('[data-slider]')) slid = performance.now();
}, true);

window.SecondLook = { patch }; // the page's only global, for a console and for tests
