// Screens and their parts: each is asked for by `part/SCREEN/NAME?selection` when it is seen for the
// first time, and again when what it depends on changes.
import { $, adopt, all, painted, sentence, soon, swap } from './dom.js';
import { parts } from './fields.js';
import { ask } from './http.js';
import * as figures from './figures.js';
import { headers } from './jobs.js';
import { current, isRead, isSliding, read, restIn, seedSignals, textOf } from './selection.js';
import { say } from './toast.js';

const screens = Object.fromEntries(Object.keys(parts).map((name) => [name.split('/')[0], true]));
const states = new WeakMap(); // of a place: the text that is shown, the request under way
const FIRST = 'overview'; // the screen in front where the address names none
const early = new Map(); // screens asked for before there was a place for them

const stateOf = (place) => {
  if (!states.has(place)) states.set(place, { shown: null, stop: null, behind: false, value: '' });
  return states.get(place);
};

let later = 0;
export function follow() { // the selection, or what there is to show, has changed
  if (!isRead()) return;
  for (const place of all('[data-frame] [data-part]')) renew(place);
  const view = current().get('view');
  if (!(view in screens)) return;
  const screen = $(`[data-screen="${view}"]`);
  if (!screen) { // its place is not built yet
    clearTimeout(later);
    later = setTimeout(follow, 20);
    return;
  }
  if (!screen.dataset.open) open(screen);
  else for (const place of all('[data-part]', screen)) renew(place);
}

// Ask for a screen while the page is still being built; `follow` shows it when its place is there.
// The answer says how the address was read; where there is none, it stays as it is.
export async function prefetch(search) {
  const asked = new URLSearchParams(search);
  const view = asked.get('view') in screens ? asked.get('view') : FIRST;
  asked.set('view', view);
  early.set(view, screen(view, asked));
  let selection = asked.toString();
  try { ({ selection } = await early.get(view)); } catch { /* said by `open` */ }
  if (!isRead()) read(selection);
}

async function screen(view, params) {
  const answer = await ask(`screen/${view}?${params}`, { headers });
  const signals = JSON.parse(answer.headers.get('X-Signals'));
  seedSignals(signals);
  return { html: await answer.text(), selection: answer.headers.get('X-Selection'), signals };
}

async function open(place) {
  const view = place.dataset.screen;
  if (place.dataset.opening) return;
  place.dataset.opening = 'true';
  try {
    const asked = early.get(view) ?? screen(view, current());
    early.delete(view);
    const { html, selection, signals } = await asked;
    swap(place, html);
    place.dataset.open = 'true';
    const params = new URLSearchParams(selection);
    for (const slot of all('[data-part]', place)) opened(slot, params, signals);
    drawn(place);
    figures.fetchSoon();
    follow(); // the selection may have changed meanwhile
  } catch (error) {
    swap(place, sentence(error.message));
  } finally {
    delete place.dataset.opening;
  }
}

function opened(place, params, signals) { // a place that has just come with its screen
  const part = parts[place.dataset.part];
  if (part.later || isFigure(place)) watch(place);
  else {
    stateOf(place).shown = textOf(part, params, signals);
    adopt(place);
  }
}

const isFigure = (place) => place.dataset.plot !== undefined;
const isSeen = (place) => !(parts[place.dataset.part].later || isFigure(place)) || stateOf(place).seen;

const selected = (part) => textOf({ ...part, signals: [] });

let resting = 0;
function renew(place) {
  const part = parts[place.dataset.part];
  const state = stateOf(place);
  const text = textOf(part);
  if (part.later && !isFigure(place) && state.seen && !boxOf(place).checkVisibility()) {
    state.seen = state.watched = false; // closed again: drawn when it is opened
  }
  if (!isSeen(place)) { watch(place); return; }
  if (state.wanted === text) return;
  if (state.shown === text) { leave(state); return; }
  if (part.patient && isSliding()) {
    clearTimeout(resting);
    resting = setTimeout(follow, restIn());
    return;
  }
  const same = state.asked === selected(part); // more is done of what is being fetched
  if (state.stop && (same || isSliding())) { state.behind = true; return; } // its last value is always shown
  state.stop?.abort();
  load(place, state, part);
}

function leave(state) { // what is under way is of a choice that was taken back
  state.stop?.abort();
  Object.assign(state, { stop: null, wanted: null, behind: false });
}

let busy = 0; // parts under way that are no figures
const FIGURE_MS = 30; // how long a figure of another selection waits after the rest is painted
const CALM_MS = 1000; // and how long at most for what goes on being drawn

async function calm() {
  const until = performance.now() + CALM_MS;
  do { await painted(); await soon(FIGURE_MS); } while (busy > 0 && performance.now() < until);
}

async function load(place, state, part) {
  const stop = new AbortController();
  const waits = isFigure(place) && state.asked !== selected(part);
  state.stop = stop;
  state.asked = selected(part);
  state.wanted = textOf(part);
  if (waits) { // so that it delays nobody, and is left out where the next choice comes sooner
    await calm();
    if (state.stop !== stop) return;
  }
  if (!isFigure(place)) busy += 1;
  try {
    await fetchAll(place, state, part, stop);
  } finally {
    if (!isFigure(place)) busy -= 1;
  }
}

async function fetchAll(place, state, part, stop) { // until nothing came while it was fetched
  do {
    state.behind = false;
    const text = textOf(part);
    state.wanted = text;
    state.asked = selected(part);
    try {
      const answer = await ask(`part/${place.dataset.part}?${current()}`, { signal: stop.signal });
      const value = await answer.text();
      if (state.stop !== stop) return; // asked anew meanwhile
      show(place, state, value, answer.headers.get('Content-Type'));
      state.shown = text;
    } catch (error) {
      if (state.stop !== stop || error.name === 'AbortError') return;
      state.value = null;
      state.shown = null; // asked for again at the next change, whatever that is
      if (isFigure(place)) say(error.message); else swap(place, sentence(error.message));
    }
  } while (state.behind);
  state.stop = null;
  state.wanted = null;
}

function show(place, state, value, type) {
  if (value === state.value) return;
  state.value = value;
  if (isFigure(place)) {
    if (value && type.startsWith('text/html')) figures.say(place, value);
    else figures.show(place, value);
    return;
  }
  swap(place, value);
  for (const inner of all('[data-part]', place)) renew(inner);
  drawn(place);
}

function drawn(place) {
  place.dispatchEvent(new CustomEvent('sl-drawn', { bubbles: true }));
}

// What is drawn later waits until it comes into view and everything else is painted.
const seen = new IntersectionObserver(async (entries) => {
  const boxes = entries.filter((entry) => entry.isIntersecting).map((entry) => entry.target);
  const places = boxes.map((box) => box.closest('[data-part]'));
  for (const box of boxes) seen.unobserve(box);
  for (const place of places) stateOf(place).seen = true;
  if (places.some(isFigure)) figures.fetchNow();
  await painted();
  for (const place of places) if (place.isConnected) renew(place);
}, { rootMargin: '200px' });

function watch(place) {
  if (stateOf(place).watched) return;
  stateOf(place).watched = true;
  seen.observe(boxOf(place));
}

// A filled place has no box of its own (`display: contents`): what it holds comes into view.
function boxOf(place) {
  return isFigure(place) ? place : place.firstElementChild ?? place;
}

for (const name of ['sl-address', 'sl-signal']) document.addEventListener(name, follow);
