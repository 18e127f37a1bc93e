// The strips of the Queries screen: scrolled together, a card picked in all of them, and more cards
// fetched when an end comes near. All strips always hold the same number of cards.
import { $, all } from './dom.js';
import { groups } from './fields.js';
import { ask } from './http.js';
import { current, patch } from './selection.js';
import { say } from './toast.js';

const inFront = () => current().get('view') === 'queries';
const strips = () => all('.sl-strips [data-strip]');
// Perturb shows two strips of its own, which are whole.
const beside = (strip) => (strip.closest('.sl-strips') ? strips()
  : all('#sl-perturb [data-strip]'));
const named = (strip) => (strip.closest('.sl-strips') ? '' : 'damaged ') + strip.dataset.strip;
const count = (strip) => strip.querySelectorAll('[data-card]').length;
const colour = (name) => getComputedStyle(document.body).getPropertyValue(name).trim();
const STEP = 40; // cards fetched at once
const NEAR_PX = 700; // how far from its end a strip asks for more

/* ---- scrolled together ----------------------------------------------------------------- */
const driven = new Set(); // strips that a script scrolls, so that they do not drive the others
const places = {}; // how far each strip is scrolled, by its name
const goals = {}; // how far it is to be, once it holds enough cards again
function drive(strip, left) {
  const before = strip.scrollLeft;
  strip.scrollLeft = left;
  places[named(strip)] = strip.scrollLeft;
  if (strip.scrollLeft !== before) driven.add(strip);
}
document.addEventListener('scroll', (event) => {
  const strip = event.target;
  if (!strip.dataset || !strip.dataset.strip) return;
  const by = strip.scrollLeft - (places[named(strip)] ?? 0);
  places[named(strip)] = strip.scrollLeft;
  if (driven.delete(strip)) return;
  if (by) delete goals[named(strip)]; // else the browser moved it, as it holds fewer cards
  if (by) for (const other of beside(strip)) if (other !== strip) drive(other, other.scrollLeft + by);
  if (strip.closest('.sl-strips') && strip.scrollLeft + strip.clientWidth > strip.scrollWidth - NEAR_PX) more();
}, true);

/* ---- more cards ------------------------------------------------------------------------ */
let wanted = 0; // how many cards every strip is to hold
let of = null; // the query that `wanted` and `places` are about
const filling = new WeakSet();
function more() {
  const held = strips().map(count);
  if (!held.length || Math.max(...held) < wanted) return; // still being fetched
  wanted = Math.max(...held) + STEP;
  for (const strip of strips()) fill(strip);
}
async function fill(strip) {
  const button = $('[data-more]', strip);
  if (!button || filling.has(strip) || count(strip) >= wanted) return;
  filling.add(strip);
  const asked = current();
  asked.set('start', count(strip));
  asked.set('stop', wanted);
  try {
    const answer = await ask(`strip/${strip.dataset.strip}?${asked}`);
    const cards = await answer.text();
    const now = current();
    const same = groups.cards.every((n) => now.get(n) === asked.get(n));
    if (!strip.isConnected || !same) return;
    const focused = button === document.activeElement;
    const next = button.closest('li').previousElementSibling;
    button.closest('li').outerHTML = cards;
    if (focused) $('[data-card]', next?.nextElementSibling ?? strip)?.focus();
    mark(strip);
  } catch (error) {
    say(error.message);
  } finally {
    filling.delete(strip);
  }
  keepPlace(strip);
  if (strip.isConnected) fill(strip);
}
function keepPlace(strip) { // a strip that was drawn again stands where it stood
  if (!strip.isConnected) return;
  const name = named(strip);
  const left = goals[name] ?? places[name] ?? Math.max(0, ...strips().map((s) => places[named(s)] ?? 0));
  if (!left) return;
  if (strip.scrollLeft !== left) drive(strip, left);
  if (strip.scrollLeft < left) goals[name] = left; else delete goals[name];
}

/* ---- picked ---------------------------------------------------------------------------- */
let picked = null;
function mark(strip) {
  for (const card of all('[data-card]', strip)) {
    card.classList.toggle('sl-picked', card.dataset.card === picked);
  }
}
export function pick(id, from = null) {
  picked = id;
  for (const strip of from ? beside(from) : strips()) {
    mark(strip);
    const card = $('.sl-picked', strip);
    if (!card || strip === from) continue;
    const left = card.offsetLeft - strip.offsetLeft;
    if (left < strip.scrollLeft || left + card.offsetWidth > strip.scrollLeft + strip.clientWidth) {
      drive(strip, left - strip.clientWidth / 2);
    }
  }
  const plot = $('#sl-flow .sl-plot');
  if (plot && plot.data) plot.plotly.relayout(plot, { shapes: lineOf(plot, id) });
}
function lineOf(plot, id) {
  for (const trace of plot.data) {
    const at = (trace.customdata || []).indexOf(id);
    if (at >= 0) {
      const lines = []; // one piece from each order to the next
      for (let i = at; trace.customdata[i + 1] === id; i += 1) {
        lines.push({ type: 'line', x0: trace.x[i], x1: trace.x[i + 1], y0: trace.y[i], y1: trace.y[i + 1],
          line: { color: colour('--color-accent'), width: 4 } });
      }
      return lines;
    }
  }
  return [];
}
function openPair(id) { // the second click on a card, or P
  if (id && inFront()) patch({ view: 'pair', candidate: id });
}

document.addEventListener('click', (event) => {
  const target = event.target.closest('[data-card],[data-more],[data-fold-stages]');
  if (!target) return;
  if (target.dataset.foldStages !== undefined) {
    patch({ stages: current().get('stages') ? '' : '1' });
    return;
  }
  if (target.dataset.more !== undefined) more();
  else if (target.classList.contains('sl-picked')) openPair(target.dataset.card);
  else pick(target.dataset.card, target.closest('[data-strip]'));
});
document.addEventListener('keydown', (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || !inFront()) return;
  if (event.target.closest('textarea,select,input:not([type="range"])')) return;
  const key = event.key.toLowerCase();
  if (key === 'p') openPair((event.target.closest('[data-card]') ?? $('.sl-picked'))?.dataset.card);
  else if (key === 'm') more();
});

/* ---- what follows the page ------------------------------------------------------------- */
document.addEventListener('sl-drawn', (event) => {
  if (!$('.sl-strips [data-strip]', event.target)) return;
  const query = strips()[0]?.dataset.of ?? of;
  if (query !== of) { // another query starts at its first card
    of = query;
    wanted = 0;
    picked = null;
    for (const name of Object.keys(places)) { delete places[name]; delete goals[name]; }
    for (const strip of strips()) drive(strip, 0);
  }
  for (const strip of strips()) {
    wanted = Math.max(wanted, count(strip));
    keepPlace(strip);
  }
  for (const strip of strips()) fill(strip);
});
