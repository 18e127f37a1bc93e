// The list of queries: the chosen one is marked and in sight, keys walk through it.
import { textsOf } from './address.js';
import { $, all } from './dom.js';
import { groups } from './fields.js';
import { send } from './http.js';
import { current, isRead, patch } from './selection.js';

let shown = null;
function openFirst(params) { // without a query the list's first one is opened, an upload never
  const list = $('.sl-rows');
  if (!isRead() || params.get('view') !== 'queries' || params.get('query') || !list) return;
  const key = textsOf(params, groups.list).join('|');
  const first = $('.sl-row:not([data-uploaded])', list);
  if (first && list.dataset.shows === key) patch({ query: first.dataset.query });
}

function markSelected() {
  openFirst(current());
  const chosen = current().get('query');
  for (const row of all('.sl-row')) {
    const is = row.dataset.query === chosen;
    if ((row.getAttribute('aria-current') === 'true') !== is) {
      if (is) row.setAttribute('aria-current', 'true'); else row.removeAttribute('aria-current');
    }
    if (is && shown !== chosen && row.offsetParent) {
      shown = chosen;
      const box = row.closest('.sl-rows');
      const top = row.offsetTop - box.offsetTop;
      if (top < box.scrollTop || top + row.offsetHeight > box.scrollTop + box.clientHeight) {
        box.scrollTop = top - box.clientHeight / 2;
      }
    }
  }
}

function step(by) {
  const rows = all('.sl-row');
  if (!rows.length) return;
  const at = rows.findIndex((row) => row.dataset.query === current().get('query'));
  const next = at < 0 ? 0 : Math.min(rows.length - 1, Math.max(0, at + by));
  patch({ view: 'queries', query: rows[next].dataset.query });
}

/* ---- a query asked otherwise ----------------------------------------------------------- */
async function askOtherwise(form, asked) {
  const error = form.parentElement.querySelector('[role="alert"]');
  try {
    const wish = { query: form.dataset.ask, asked, text: form.elements.text.value };
    const { query } = await (await send('asked', wish)).json();
    error.hidden = true;
    patch({ view: 'queries', query });
  } catch (problem) {
    error.textContent = problem.message;
    error.hidden = false;
  }
}
document.addEventListener('submit', (event) => {
  if (event.target.dataset.ask === undefined) return;
  event.preventDefault();
  askOtherwise(event.target, 'other text');
});
document.addEventListener('click', (event) => {
  const way = event.target.closest('[data-ask-way]');
  if (way) askOtherwise(way.form, way.dataset.askWay);
});

document.addEventListener('sl-address', markSelected);
document.addEventListener('sl-drawn', (event) => {
  if ($('.sl-rows', event.target)) markSelected();
});

document.addEventListener('keydown', (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || current().get('view') !== 'queries') return;
  const target = event.target;
  if (target.isContentEditable || target.closest('textarea,select,input:not([type="range"])')) return;
  const key = event.key.toLowerCase();
  if (key === 'j') step(1);
  else if (key === 'k') step(-1);
  else if (key === '/') { event.preventDefault(); $('[data-text]')?.focus(); }
});
