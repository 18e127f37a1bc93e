// The Setup screen: the form of the setting, and pages that another window has left.
import { $ } from './dom.js';

const CHECK_MS = 350; // after the last key
const LOOK_MS = 3000; // between two looks at which setting the server has
const WAIT_MS = 300; // while it starts again
const form = () => $('[data-setting-form]');
const verdict = () => $('[data-setting-verdict]');

/* ---- form ------------------------------------------------------------------------------ */
async function answer(path, body) { // HTML that the server wrote and escaped
  const request = body === undefined ? { cache: 'no-store' } : {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify(body),
  };
  const response = await fetch(path, request);
  if (!response.ok) throw new Error(response.statusText);
  return response.text();
}

function refuse() {
  const place = verdict() ?? $('[data-setting-body]');
  place.textContent = 'The server did not answer; try again.';
}

function wish() {
  const fields = form().elements;
  return Object.fromEntries(
    ['model', 'question', 'layout', 'compression'].map((name) => [name, fields[name].value]));
}

let asked = 0;
let timer = 0;
async function check() {
  const number = ++asked;
  const button = $('[data-setting-switch]');
  button.disabled = true;
  try {
    const html = await answer('setting/check', wish());
    if (number !== asked || !form()) return;
    verdict().innerHTML = html;
    button.disabled = !$('[data-ready]', verdict());
  } catch { if (number === asked && form()) refuse(); }
}

function soon() {
  asked += 1; // what is on its way is about an older text
  $('[data-setting-switch]').disabled = true;
  clearTimeout(timer);
  timer = setTimeout(check, CHECK_MS);
}

async function change() {
  $('[data-setting-switch]').disabled = true;
  clearTimeout(timer);
  asked += 1;
  try {
    verdict().innerHTML = await answer('setting', wish());
    if (reopening()) wait();
  } catch { refuse(); }
}

document.addEventListener('sl-drawn', (event) => {
  if ($('[data-setting-form]', event.target)) check();
});

document.addEventListener('change', (event) => {
  const target = event.target;
  if (!target.matches('[data-setting-form] select')) return; // text is followed key by key
  if (target.matches('[data-setting-prompt]')) {
    const from = target.selectedOptions[0].dataset;
    target.form.elements.question.value = from.question;
    target.form.elements.layout.value = from.layout;
  } else if (target.matches('[data-setting-compression]')) {
    target.form.elements.compression.value = target.value;
  }
  soon();
});

document.addEventListener('input', (event) => {
  if (event.target.matches('[data-setting-form] :is(textarea, input)')) soon();
});

document.addEventListener('submit', (event) => {
  if (!event.target.matches('[data-setting-form]')) return;
  event.preventDefault();
  if (!$('[data-setting-switch]').disabled) change();
});

/* ---- the server's setting and this page's ---------------------------------------------- */
const reopening = () => $('[data-reopen="setting"]');
const own = () => $('[data-setting]')?.dataset.setting;
let looking = false;
let looked = 0;

async function look() {
  if (looking || !own() || $('[data-reopen]:not([data-reopen="setting"])')) return;
  looking = true;
  looked = Date.now();
  try {
    const response = await fetch('setting', { cache: 'no-store' });
    if (response.status === 401) { // starting again logs everyone out
      if (reopening()) location.reload();
      else leave('The bench was started again; log in to go on.');
      return;
    }
    const { setting, text } = await response.json();
    if (setting === own()) return;
    if (reopening()) location.reload(); // the address, and so the selection, stays
    else leave(text);
  } catch { /* it is starting again, or away */ } finally { looking = false; }
}

async function wait() {
  for (;;) {
    await new Promise((resolve) => { setTimeout(resolve, WAIT_MS); });
    await look();
  }
}

function leave(text) { // numbers of the old setting must not stand under anything new
  document.documentElement.classList.add('sl-left');
  const line = $('#sl-moved');
  $('span', line).textContent = text;
  line.hidden = false;
}

document.addEventListener('click', (event) => {
  if (event.target.closest('[data-show-moved]')) location.reload();
});
setInterval(() => { if (!document.hidden) look(); }, LOOK_MS);
addEventListener('focus', look);
document.addEventListener('visibilitychange', () => { if (!document.hidden) look(); });
addEventListener('pointerdown', () => { if (Date.now() - looked > WAIT_MS) look(); }, true);
