// The Pair screen: maps over the pictures, crops, the steps to other pairs, the prompt lab's form.
import { $, all, swap } from './dom.js';
import { painted } from './field.js';
import { send } from './http.js';
import { byKey } from './panzoom.js';
import * as rectangle from './rectangle.js';
import { current, patch } from './selection.js';
import { say } from './toast.js';

const inFront = () => current().get('view') === 'pair';
const desk = () => $('#sl-pair');

/* ---- which pair ------------------------------------------------------------------------ */
const pair = () => Object.fromEntries(new URLSearchParams($('.sl-pair-top')?.dataset.pair ?? ''));
const go = (changes) => patch({ view: 'pair', ...pair(), ...changes });

document.addEventListener('click', (event) => {
  const target = event.target.closest('[data-pair-go],[data-pair-query],[data-pair-candidate],'
    + '[data-pair-draw],[data-pair-kept],[data-pair-save]');
  if (!target) return;
  const data = target.dataset;
  if (data.pairGo) go({ candidate: data.pairGo });
  else if (data.pairQuery !== undefined) go({ query: data.pairQuery });
  else if (data.pairCandidate !== undefined) go({ candidate: data.pairCandidate });
  else if (data.pairDraw !== undefined) draw(target);
  else if (data.pairKept !== undefined) keep(data.pairKept);
  else if (data.pairSave !== undefined) save(target.form);
});

document.addEventListener('keydown', (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || !inFront()) return;
  const target = event.target;
  if (target.isContentEditable || $(':popover-open')) return;
  if (target.closest('textarea,select,input:not([type="checkbox"]),[role="tab"]')) return;
  const key = event.key.toLowerCase();
  if (key === 'j' || key === 'k') $(`[data-pair-key="${key}"]`)?.click();
  else if (key === 'e') $('[data-pair-attribution]')?.click();
  else if (desk()?.checkVisibility()) byKey(event, desk());
});

/* ---- maps ------------------------------------------------------------------------------ */
const LONG_PX = 384; // long side of a drawn map
const COLOURS = { plus: [22, 163, 74], minus: [220, 38, 38], none: [15, 23, 42] };
let kept = ''; // the compression whose kept tokens are laid over
const said = (selector) => $(`#sl-pair [data-of]:not([hidden]) ${selector}`);

function overlay() {
  for (const side of all('.sl-pair-side')) {
    const name = side.dataset.side;
    const tokens = kept
      && said(`svg[data-kept="${CSS.escape(kept)}"][data-side="${name}"]`)?.cloneNode(true);
    const map = said(`[data-map="${name}"]`);
    const laid = [map && canvasOf(map, $('[data-zoom-stage]', side)), tokens].filter(Boolean);
    $('.sl-pair-overlay', side).replaceChildren(...laid);
  }
}

const drawn = new WeakMap(); // of a map: its canvas
function canvasOf(map, stage) {
  if (drawn.has(map)) return drawn.get(map);
  const [width, height] = [stage.dataset.width, stage.dataset.height].map((side) => Number(side) || 1);
  const canvas = document.createElement('canvas');
  canvas.width = Math.max(1, Math.round((LONG_PX * width) / Math.max(width, height)));
  canvas.height = Math.max(1, Math.round((LONG_PX * height) / Math.max(width, height)));
  canvas.dataset.map = map.dataset.map;
  const pixels = painted(JSON.parse(map.dataset.field), canvas.width, canvas.height, COLOURS);
  canvas.getContext('2d').putImageData(new ImageData(pixels, canvas.width, canvas.height), 0, 0);
  drawn.set(map, canvas);
  return canvas;
}

function keep(name) {
  kept = kept === name ? '' : name;
  const box = $('[data-pair-attribution]');
  if (kept && box?.checked) box.click(); // one map at a time
  marked();
}
function marked() {
  for (const button of all('[data-pair-kept]')) {
    button.setAttribute('aria-pressed', String(button.dataset.pairKept === kept));
  }
  overlay();
}

document.addEventListener('change', ({ target }) => {
  if (target.matches('[data-pair-attribution]')) {
    desk().classList.toggle('sl-pair-bare', !target.checked);
    if (target.checked && kept) { kept = ''; marked(); }
  } else if (target.matches('[data-pair-form] [name="preset"]')) {
    const from = target.selectedOptions[0].dataset;
    target.form.elements.question.value = from.question;
    target.form.elements.layout.value = from.layout;
  }
});
document.addEventListener('input', ({ target }) => {
  if (!target.matches('[data-pair-opacity]')) return;
  desk().style.setProperty('--sl-opacity', target.value / 100);
  target.style.setProperty('--share', `${target.value}%`);
});

/* ---- drawing a crop -------------------------------------------------------------------- */
let drawing = null; // { side, stage, start } while a crop is drawn
const sizeOf = ({ dataset }) => ({ width: Number(dataset.width), height: Number(dataset.height) });
const at = (stage, event) => rectangle.pointAt(event, stage.getBoundingClientRect(), sizeOf(stage));
const boxOf = (event) => rectangle.between(drawing.start, at(drawing.stage, event));

function draw(button) {
  const on = button.getAttribute('aria-pressed') !== 'true';
  button.setAttribute('aria-pressed', String(on));
  button.closest('.sl-pair-side').dataset.draws = String(on); // the picture is not moved meanwhile
}

document.addEventListener('pointerdown', (event) => {
  const view = event.target.closest?.('.sl-pair-side[data-draws="true"] [data-zoom]');
  if (!view || event.button !== 0) return;
  event.preventDefault();
  view.setPointerCapture(event.pointerId);
  const stage = $('[data-zoom-stage]', view);
  drawing = { side: view.closest('.sl-pair-side'), stage, start: at(stage, event) };
});
document.addEventListener('pointermove', (event) => {
  if (!drawing) return;
  const box = boxOf(event);
  const draft = $('.sl-pair-draft', drawing.stage);
  draft.hidden = false;
  draft.style.cssText = rectangle.styleOf(box, sizeOf(drawing.stage));
  $('input', drawing.side).value = box.join(', ');
});
document.addEventListener('pointerup', (event) => {
  if (!drawing) return;
  const [box, { side }] = [boxOf(event), drawing];
  drawing = null;
  if (rectangle.isDrawn(box)) crop(side, box);
});
document.addEventListener('pointercancel', () => { drawing = null; });

async function crop(side, box) {
  const { side: name, image } = side.dataset;
  try {
    const { image: cropped } = await (await send('crops', { image, box })).json();
    told(side, '');
    go({ [name]: cropped });
  } catch (error) {
    told(side, error.message);
  }
}
function told(side, text) {
  const place = $('.sl-pair-crop-error', side);
  place.textContent = text;
  place.hidden = !text;
}

document.addEventListener('submit', (event) => {
  const form = event.target;
  if (form.dataset.pairCrop === undefined) return;
  event.preventDefault();
  const side = form.closest('.sl-pair-side');
  const box = rectangle.parsed(form.elements.box.value);
  if (box) crop(side, box);
  else told(side, 'A crop is four whole numbers in pixels: x0, y0, x1, y1.');
});

/* ---- the prompt lab -------------------------------------------------------------------- */
async function save(form) { // the answer is the form, with what became of the wish
  const { name, question, layout } = form.elements;
  const texts = { name: name.value, question: question.value, layout: layout.value };
  try {
    const answer = await send('prompts', texts);
    swap($('#sl-pair-form'), await answer.text());
  } catch (error) {
    say(error.message);
  }
}

/* ---- what follows the page ------------------------------------------------------------- */
let shown = null; // the pair on screen
function follow() { // nothing that was said of another pair stays
  const now = $('#sl-pair [data-shows]')?.dataset.shows ?? null;
  if (now !== shown) kept = '';
  shown = now;
  for (const place of all('#sl-pair [data-of]')) place.hidden = place.dataset.of !== shown;
  marked();
}
document.addEventListener('sl-drawn', ({ target }) => {
  if (target.closest('[data-screen="pair"]')) follow();
});
