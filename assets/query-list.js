/* The list of queries: the chosen one is marked and in sight, keys walk through it. */
(() => {
  'use strict';
  const $ = (selector, root = document) => root.querySelector(selector);
  const { patch, current, texts, isRead } = window.SecondLook;
  const { list: LISTED } = window.SecondLookFields.groups;

  let shown = null;
  function openFirst(params) { // without a query the list's first one is opened
    const list = $('.sl-rows');
    if (!isRead() || params.get('view') !== 'queries' || params.get('query') || !list) return;
    const key = texts(params, LISTED).join('|');
    const first = $('.sl-row', list);
    if (first && list.dataset.shows === key) patch({ query: first.dataset.query });
  }

  function markSelected() {
    openFirst(current());
    const chosen = current().get('query');
    for (const row of document.querySelectorAll('.sl-row')) {
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
    const rows = [...document.querySelectorAll('.sl-row')];
    if (!rows.length) return;
    const at = rows.findIndex((row) => row.dataset.query === current().get('query'));
    const next = at < 0 ? 0 : Math.min(rows.length - 1, Math.max(0, at + by));
    patch({ view: 'queries', query: rows[next].dataset.query });
  }

  document.addEventListener('sl-address', markSelected);
  function watchPage() {
    new MutationObserver((changes) => {
      if (changes.some((change) => change.target.closest?.('#sl-list'))) requestAnimationFrame(markSelected);
    }).observe(document.body, { childList: true, subtree: true });
  }
  if (document.body) watchPage(); else addEventListener('DOMContentLoaded', watchPage);

  Object.assign(window.SecondLook, { step });
})();
