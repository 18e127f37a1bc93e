// What the Annotate screen shows, painted from what it is handed: the pair, its fields, how far the
// queue is, what is saved. No answer is kept here and nothing is asked of the server.
import { $, all } from '../dom.js';
import { sharpenLarge } from '../panzoom.js';

export const keyOf = (pair) => `${pair.query}\n${pair.image}`;
const desk = () => $('[data-an]');

// ---- the pair and its fields
const STAYS_MS = 350; // a pair that is looked at so long gets its whole pictures
let sharpens = 0;

export function stage(html) {
  $('#sl-an-stage').innerHTML = html;
  clearTimeout(sharpens);
  sharpens = setTimeout(sharpen, STAYS_MS);
}
export const sharpen = () => sharpenLarge($('#sl-an-stage'));
export const says = (name) => $(`[data-an-says="${name}"]`).innerHTML; // a sentence of the template

export function enable(on) { // whether there is a pair to answer
  for (const node of all('[data-an-verdict],[data-an-move],[data-an-tags],[data-an-note]')) {
    node.disabled = !on;
  }
  if (!on) for (const node of all('[data-an-tags],[data-an-note]')) node.value = '';
}

export function words(one) {
  for (const button of all('[data-an-verdict]')) {
    button.setAttribute('aria-pressed', String(button.dataset.anVerdict === one.verdict));
  }
  for (const [field, text] of [['tags', one.tags.join(', ')], ['note', one.note]]) {
    const node = $(`[data-an-${field}]`);
    if (document.activeElement !== node || node.pair !== keyOf(one)) node.value = text;
    node.pair = keyOf(one);
  }
}

export function progress(queue) {
  const bar = $('.sl-an-progress [role="progressbar"]');
  const { judged = 0, total = 0, at = 0 } = queue ?? {};
  bar.setAttribute('aria-valuemax', total);
  bar.setAttribute('aria-valuenow', judged);
  bar.firstElementChild.style.width = `${total ? (100 * judged) / total : 0}%`;
  const done = total && judged === total ? ' · all judged' : '';
  $('[data-an-progress]').textContent = total
    ? `pair ${at + 1} of ${total} · ${judged} judged${done}` : '';
}

export function source(html, isSelection) {
  $('[data-an-source]').innerHTML = html;
  $('[data-an-clear]').hidden = !isSelection;
}

export function alertText(text, pair) {
  const node = $('#sl-an-alert');
  node.hidden = !text;
  node.textContent = text;
  if (!pair) return;
  const link = document.createElement('button');
  link.type = 'button';
  link.className = 'sl-link';
  link.textContent = 'Show the pair';
  Object.assign(link.dataset, { anQuery: pair.query, anImage: pair.image });
  node.append(' ', link);
}

// ---- saved or not
let savingTimer = 0;
export function saved({ n, problem, acknowledged }) {
  const chip = $('[data-an-saved]');
  clearTimeout(savingTimer);
  const tell = (kind, text) => { chip.dataset.state = kind; chip.textContent = text; };
  chip.dataset.waiting = n;
  $('[data-an-retry]').hidden = !problem;
  if (problem) {
    tell('failed', `✕ not saved: ${n} waiting`);
    alertText(`${problem} ${n === 1 ? 'One answer waits' : `${n} answers wait`} in this window and `
      + 'will be sent again; further answers are not taken until then.');
  } else if (n) {
    savingTimer = setTimeout(() => tell('saving', `… saving ${n}`), 200);
  } else {
    if (chip.dataset.state === 'failed') alertText('');
    tell('saved', `✓ all saved (${acknowledged})`);
  }
}

// ---- who, what is hidden, what is folded
export function name(text, isLogin) {
  const field = $('[data-an-author]');
  field.readOnly = isLogin;
  if (document.activeElement !== field) field.value = text;
  desk().classList.toggle('sl-an-unnamed', !text);
}

export function askName(verdict) { // with a verdict that waits for the name
  if (verdict) $('[data-an-asks]').textContent = `Who judges? “${verdict}” waits for your name.`;
  $('[data-an-who] input').focus();
}

export const isBlind = () => desk().classList.contains('sl-an-blinded');
export function blind(is) {
  desk().classList.toggle('sl-an-blinded', is);
  $('[data-an-move="blind"]').lastChild.textContent = is ? ' show label' : ' hide label';
}

export function fold(isOpen) { // the panels beside the pair
  desk().classList.toggle('sl-an-open', isOpen);
  $('[data-an-fold]').setAttribute('aria-expanded', String(isOpen));
}
export const seesPanels = () => $('#sl-an-side')?.offsetParent !== null;
