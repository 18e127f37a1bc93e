// Plotly figures: fetched when the first one is to be drawn, one after the other, in the page's colours.
import { $, soon } from './dom.js';
import { plotly as address } from './fields.js';
import { patch } from './selection.js';
import { pick } from './strips.js';
import { say as tell } from './toast.js';

const figures = new Map(); // a figure's place -> its JSON
let plotly = null; // the library, once asked for
let queue = Promise.resolve();

function library() {
  plotly ??= new Promise((done, failed) => {
    const script = document.createElement('script');
    script.src = address;
    script.onload = done;
    script.onerror = () => { plotly = null; failed(new Error('The drawing library could not be loaded.')); };
    document.head.append(script);
  });
  return plotly;
}

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
  await library();
  const { data, layout } = JSON.parse(json);
  if (!place.listens) place.replaceChildren(); // a sentence that stood in its place
  const options = { responsive: true, displaylogo: false, displayModeBar: false };
  await Plotly.react(place, data, themed(layout), options);
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
  Plotly.purge(place);
  place.classList.remove('js-plotly-plot');
  place.listens = false;
}

const resized = new ResizeObserver((entries) => {
  for (const { target } of entries) {
    if (target.offsetParent !== null && target.listens) Plotly.Plots.resize(target);
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
