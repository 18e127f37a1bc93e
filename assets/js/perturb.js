// The Perturb screen: choosers that write the address, the level looked at, the drawn box, recipes.
import { $, all, swap } from './dom.js';
import { voids } from './fields.js';
import { send } from './http.js';
import { placeOf, stepOf, stepped, written } from './levels.js';
import * as rectangle from './rectangle.js';
import { current, patch } from './selection.js';
import { say } from './toast.js';

const RECIPE_LIMIT = 1024 * 1024;
const set = (changes) => patch({ view: 'perturb', ...written(changes, voids) });

/* ---- choosers ---------------------------------------------------------------------------------- */
document.addEventListener('click', (event) => {
  const target = event.target.closest('[data-pt-set],[data-pt-strength],[data-pt-step]');
  if (!target) return;
  const data = target.dataset;
  if (data.ptSet !== undefined) set(Object.fromEntries(new URLSearchParams(data.ptSet)));
  else if (data.ptStrength !== undefined) look(data.ptStrength, true);
  else step(Number(data.ptStep));
});

document.addEventListener('change', ({ target }) => {
  const { data, value } = { data: target.dataset, value: target.value.trim() };
  if (data.ptField === 'box') set({ box: value.replaceAll(' ', '') });
  else if (data.ptField !== undefined) set({ [data.ptField]: value });
  else if (data.ptImport !== undefined && target.files.length) bring(target);
  else if (data.ptsCount !== undefined) set({ set: `${data.ptsOf}:${Math.max(1, Math.round(Number(value)) || 1)}` });
  else if (data.ptsWithin !== undefined) set({ within: value });
  else if (data.ptsScorer !== undefined && value) {
    set({ scorers: [current().get('scorers'), value].filter(Boolean).join(';') });
  }
});

function step(by) {
  const select = $('#sl-pt-controls select[data-pt-field="query"]');
  const next = select.selectedIndex + by;
  if (next < 0 || next >= select.options.length) return;
  select.selectedIndex = next;
  set({ query: select.value });
}

/* ---- the level looked at ------------------------------------------------------------------------ */
const REST_MS = 90; // until a level that is passed is written
let timer = 0;
let chosen = null; // the level chosen here and not yet in the address
let marked = null;
const cards = () => all('[data-pt-strength]');

function look(strength, opens) {
  chosen = strength;
  show();
  clearTimeout(timer);
  if (opens) write(true); else timer = setTimeout(write, REST_MS);
}

function write(opens = false) {
  const strength = chosen;
  chosen = null;
  patch(opens ? { strength, detail: '1' } : { strength });
}

document.addEventListener('input', ({ target }) => {
  if (target.dataset.ptLevel !== undefined) look(levelsOf(target)[Number(target.value)], false);
});

document.addEventListener('keydown', (event) => {
  const card = event.target.closest?.('[data-pt-strength]');
  const by = stepOf(event.key);
  if (!card || !by || event.ctrlKey || event.metaKey || event.altKey) return;
  event.preventDefault();
  const every = cards();
  const next = every[stepped(every, every.indexOf(card), by)];
  next.focus();
  look(next.dataset.ptStrength, false);
});

const levelsOf = (slider) => slider.dataset.values.split('|');

function show() { // mark the level; the server marks one where the address has none
  const every = cards();
  const place = placeOf(every.map((card) => card.dataset.ptStrength), chosen ?? current().get('strength'));
  const card = every[place] ?? every.find((one) => one.getAttribute('aria-checked') === 'true');
  if (!card) return;
  for (const other of every) {
    other.setAttribute('aria-checked', String(other === card));
    other.tabIndex = other === card ? 0 : -1;
  }
  const strip = card.parentElement;
  if (marked !== card.dataset.ptStrength && strip.scrollWidth > strip.clientWidth) {
    strip.scrollLeft = card.offsetLeft - strip.offsetLeft - strip.clientWidth / 2 + 40;
  }
  marked = card.dataset.ptStrength;
  const picture = $('.sl-pt-damaged');
  if (picture && picture.getAttribute('src') !== card.dataset.ptPicture) picture.src = card.dataset.ptPicture;
  slide();
  for (const plot of all('#sl-pt-response .sl-plot, #sl-pt-terms .sl-plot, #sl-pt-rank .sl-plot')) mark(plot);
}

function slide() { // the slider says the marked level
  const slider = $('[data-pt-level]');
  if (!slider) return;
  const at = placeOf(levelsOf(slider), marked);
  const text = slider.dataset.texts.split('|')[at];
  if (document.activeElement !== slider || chosen === null) slider.value = at;
  slider.style.setProperty('--share', `${(100 * at) / (slider.max || 1)}%`);
  slider.setAttribute('aria-valuetext', text);
  const output = $('output', slider.parentElement);
  if (output.textContent !== text) output.textContent = text;
}

function mark(plot) { // the point of the level looked at is the large one
  if (!plot.data) return;
  plot.data.forEach((trace, index) => {
    if (!trace.customdata) return;
    const sizes = [...trace.customdata].map((strength) => (strength === marked ? 15 : 8));
    if (String(trace.marker.size) !== String(sizes)) plot.plotly.restyle(plot, { 'marker.size': [sizes] }, [index]);
  });
}

let revealed = false;
function reveal() { // the level looked at comes into view when it is opened, not when it changes
  const point = $('#sl-pt-point .sl-pt-point');
  if (point && !revealed) point.scrollIntoView({ block: 'start' });
  revealed = Boolean(point);
}

document.addEventListener('sl-address', show);
document.addEventListener('sl-drawn', ({ target }) => {
  if (!target.closest('[data-screen="perturb"]')) return;
  show();
  reveal();
});

/* ---- the drawn box ------------------------------------------------------------------------------ */
let drawing = null; // { canvas, start } while a rectangle is drawn
const sizeOf = ({ dataset }) => ({ width: Number(dataset.width), height: Number(dataset.height) });
const at = (canvas, event) => rectangle.pointAt(event, canvas.getBoundingClientRect(), sizeOf(canvas));

document.addEventListener('pointerdown', (event) => {
  const canvas = event.target.closest?.('[data-pt-canvas]');
  if (!canvas || event.button !== 0) return;
  event.preventDefault();
  canvas.setPointerCapture(event.pointerId);
  canvas.classList.add('sl-pt-drawing');
  drawing = { canvas, start: at(canvas, event) };
});
document.addEventListener('pointermove', (event) => {
  if (!drawing) return;
  const draft = $('.sl-pt-draft', drawing.canvas);
  draft.hidden = false;
  draft.style.cssText = rectangle.styleOf(drawn(event), sizeOf(drawing.canvas));
});
document.addEventListener('pointerup', (event) => {
  if (!drawing) return;
  const box = drawn(event);
  end();
  if (rectangle.isDrawn(box)) set({ box: box.join() });
});
document.addEventListener('pointercancel', end);

const drawn = (event) => rectangle.between(drawing.start, at(drawing.canvas, event));
function end() {
  if (!drawing) return;
  drawing.canvas.classList.remove('sl-pt-drawing');
  $('.sl-pt-draft', drawing.canvas).hidden = true;
  drawing = null;
}

/* ---- recipes ------------------------------------------------------------------------------------ */
document.addEventListener('submit', (event) => {
  if (event.target.dataset.ptSave === undefined) return;
  event.preventDefault();
  wish({ name: event.target.elements.name.value });
});

async function bring(input) {
  const [file] = input.files;
  input.value = '';
  if (file.size > RECIPE_LIMIT) say('The recipe is larger than 1 MiB.');
  else wish({ text: await file.text() });
}

async function wish(what) { // the answer is the panel, with what became of the wish
  try {
    const answer = await send(`recipes?${current()}`, what);
    swap($('#sl-pt-recipes'), await answer.text());
  } catch (error) {
    say(error.message);
  }
}
