// Plotly figures: fetched when the first one is to be drawn, one after the other, in the page's colours.
import { $, soon } from './dom.js';
import { plotly as addresses } from './fields.js';
import { patch } from './selection.js';
import { pick } from './strips.js';
import { say as tell } from './toast.js';

const MISSING = 'The drawing library could not be loaded.';

const figures = new Map(); // a figure's place -> its JSON
const BASIC = ['scatter', 'bar', 'pie']; // traces that the basic library draws
const libraries = new Map(); // by name, once asked for
const EARLY_MS = 1000; // after the first screen
let queue = Promise.resolve();

function library(name) {
  if (!libraries.has(name)) libraries.set(name, load(name));
  return libraries.get(name);
}

async function load(name) {
  const script = document.createElement('script');
  script.src = addresses[name];
  script.fetchPriority = 'high'; // before pictures that wait for a connection
  await new Promise((done, failed) => {
    script.onload = done;
    script.onerror = () => { libraries.delete(name); failed(new Error(MISSING)); };
    document.head.append(script);
  });
  const { Plotly } = window; // each figure keeps the library that drew it
  await soon(0); // clicks and keys come between the library and the first figure
  return Plotly;
}

// Fetch what the first figure needs, without running it.
function fetchFirst(rel, fetchPriority) {
  if (libraries.has('basic') || $(`link[rel="${rel}"][href="${addresses.basic}"]`)) return;
  const link = document.createElement('link');
  Object.assign(link, { rel, as: 'script', fetchPriority, href: addresses.basic });
  document.head.append(link);
}

let early = null;
export function fetchSoon() { // while little else goes on
  early ??= soon(EARLY_MS).then(() => fetchFirst('prefetch', 'low'));
}

export const fetchNow = () => fetchFirst('preload', 'high'); // while a figure is asked for

export function show(place, json) { // an empty text: nothing to draw
  figures.set(place, json);
  queue = queue.then(() => draw(place)).catch((error) => tell(error.message));
}

export function say(place, html) { // why there is no figure, in its place
  figures.delete(place);
  queue = queue.then(() => { clear(place); place.innerHTML = html; });
}

async function draw(place) {
  const json = figures.get(place);
  if (!place.isConnected) { figures.delete(place); return; }
  if (!json) { clear(place); return; }
  const { data, layout } = JSON.parse(json);
  const isBasic = data.every(({ type }) => BASIC.includes(type ?? 'scatter'));
  const plotly = await library(isBasic ? 'basic' : 'whole');
  if (place.plotly && place.plotly !== plotly) clear(place);
  place.plotly = plotly;
  if (!place.listens) place.replaceChildren(); // a sentence that stood in its place
  const options = { responsive: true, displaylogo: false, displayModeBar: false };
  await plotly.react(place, data, themed(layout), options);
  if (!place.listens) {
    place.listens = true;
    place.on('plotly_click', (event) => opened(place, event.points[0]?.customdata));
    resized.observe(place);
  }
  place.dispatchEvent(new CustomEvent('sl-drawn', { bubbles: true }));
  await soon(0); // clicks and keys come between two figures
}

function opened(place, id) {
  if (!id || place.dataset.opens === 'nothing') return;
  if (place.dataset.opens === 'query') patch({ view: 'queries', query: id });
  else if (place.dataset.opens === 'level') patch({ strength: id, detail: '1' });
  else pick(id);
}

function clear(place) { // what is no longer asked for must not look measured
  if (!place.listens) return;
  place.plotly.purge(place);
  place.classList.remove('js-plotly-plot');
  place.listens = false;
}

const resized = new ResizeObserver((entries) => {
  for (const { target } of entries) {
    if (target.offsetParent !== null && target.listens) target.plotly.Plots.resize(target);
  }
});

const colour = (name) => getComputedStyle(document.body).getPropertyValue(name).trim();

function themed(layout) {
  const grid = colour('--sl-line');
  layout.font = { ...layout.font, color: colour('--sl-quiet') };
  layout.hoverlabel = { ...layout.hoverlabel, bgcolor: colour('--sl-surface'), bordercolor: grid };
  layout.hoverlabel.font = { ...layout.hoverlabel.font, color: colour('--body-text-color') };
  for (const [name, axis] of Object.entries(layout)) {
    if (/^[xy]axis/.test(name)) Object.assign(axis, { gridcolor: grid, linecolor: grid });
  }
  return layout;
}

let dark = null;
export function watchTheme() {
  new MutationObserver(() => {
    const now = document.body.classList.contains('dark');
    if (now === dark) return;
    dark = now;
    for (const [place, json] of figures) show(place, json);
  }).observe(document.body, { attributes: true, attributeFilter: ['class'] });
}

export const isDrawn = (place) => Boolean($('.main-svg', place));
