// The descriptor map of the Failures screen: what dragging does, the card under the pointer, and a
// line drawn around queries, which the server keeps as a slice (ui/screens/failures/routes.py).
import { $, all } from './dom.js';
import { send } from './http.js';
import { beside, corners } from './lasso.js';
import { current, patch, signal } from './selection.js';
import { say } from './toast.js';

const PLOT = '#sl-fl-map .sl-plot';
// a finger that drags means to scroll the page until a mode is chosen
let mode = matchMedia('(pointer: coarse)').matches || innerWidth < 768 ? false : 'lasso';

function showMode() {
  for (const button of all('[data-map-mode]')) {
    button.setAttribute('aria-pressed', String(button.dataset.mapMode === mode));
  }
  const plot = $(PLOT);
  if (plot?.layout && plot.layout.dragmode !== mode) plot.plotly.relayout(plot, { dragmode: mode });
}

async function select(plot, event) {
  if (!event) return; // the outline was taken away
  const polygon = corners(event);
  plot.plotly.update(plot, { selectedpoints: null }, { selections: [] });
  if (polygon.length < 3) return;
  const projection = current().get('projection') ?? 'pca';
  try {
    const found = await (await send('map/selections', { projection, polygon })).json();
    say(`${found.n_queries} ${found.n_queries === 1 ? 'query' : 'queries'} selected.`);
    patch({ slice: found.slice, query: '' });
    changed();
  } catch (error) {
    say(error.message);
  }
}

async function remove(id) {
  try {
    await send(`map/selections/${encodeURIComponent(id)}`, undefined, {}, 'DELETE');
    if (current().get('slice') === `map:${id}`) patch({ slice: '', query: '' });
    changed();
  } catch (error) {
    say(error.message);
  }
}

let n = 0;
function changed() { // there are other selections than before
  n += 1;
  signal('selections', String(n));
}

let timer = 0;
function showCard(event) {
  const card = $('#sl-map-card');
  const point = event.points[0];
  if (!card || !point?.customdata) return;
  const id = point.customdata;
  const picture = $('img', card);
  $('b', card).textContent = id.split('/').pop();
  $('small', card).textContent = point.data.meta.join(', ');
  card.hidden = false;
  const { clientX: x, clientY: y } = event.event;
  const { offsetWidth: width, offsetHeight: height } = card;
  const place = beside({ x, y }, { width, height }, { width: innerWidth, height: innerHeight });
  card.style.left = `${place.left}px`;
  card.style.top = `${place.top}px`;
  picture.style.visibility = 'hidden';
  picture.onload = () => { picture.style.visibility = 'visible'; };
  clearTimeout(timer);
  timer = setTimeout(() => { // not for every mark that the pointer passes
    const path = id.split('/').map(encodeURIComponent).join('/');
    picture.src = `thumbnail/160/${path}?v=${encodeURIComponent(card.dataset.version)}`;
  }, 60);
}

function hideCard() {
  clearTimeout(timer);
  const card = $('#sl-map-card');
  if (card) card.hidden = true;
}

function click(event) {
  const point = event.points[0];
  if (point?.customdata && point.data.meta[0] === 'query') patch({ query: point.customdata, slice: '' });
}

document.addEventListener('sl-drawn', ({ target: plot }) => {
  showMode(); // the buttons are made anew with every answer of the server
  if (!plot.matches?.(PLOT) || plot.isMap) return;
  plot.isMap = true;
  plot.on('plotly_selected', (found) => select(plot, found));
  plot.on('plotly_hover', showCard);
  plot.on('plotly_unhover', hideCard);
  plot.on('plotly_click', click);
});
document.addEventListener('sl-address', hideCard);
addEventListener('scroll', hideCard, { passive: true });

document.addEventListener('click', (event) => {
  const target = event.target.closest(
    '[data-map-mode],[data-map-projection],[data-map-clear],[data-map-show],[data-map-remove]');
  if (!target) return;
  const data = target.dataset;
  if (data.mapMode) { mode = mode === data.mapMode ? false : data.mapMode; showMode(); }
  else if (data.mapProjection) patch({ projection: data.mapProjection === 'pca' ? '' : data.mapProjection });
  else if (data.mapShow) patch({ slice: data.mapShow, query: '' });
  else if (data.mapRemove) remove(data.mapRemove);
  else patch({ slice: '', query: '' });
});

document.addEventListener('change', (event) => {
  if (event.target.matches('[data-map-colour]')) patch({ colour: event.target.value });
});
