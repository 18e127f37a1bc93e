// The list of queries: the chosen one is marked and in sight, keys walk through it.
import { $, all } from './dom.js';
import { current, isRead, patch } from './selection.js';

const { texts } = window.SecondLook;
const { list: LISTED } = window.SecondLookFields.groups;

let shown = null;
function openFirst(params) { // without a query the list's first one is opened, an upload never
  const list = $('.sl-rows');
  if (!isRead() || params.get('view') !== 'queries' || params.get('query') || !list) return;
  const key = texts(params, LISTED).join('|');
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

document.addEventListener('sl-address', markSelected);
document.addEventListener('sl-drawn', (event) => {
  if ($('.sl-rows', event.target)) markSelected();
});

Object.assign(window.SecondLook, { step });
