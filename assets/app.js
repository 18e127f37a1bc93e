/* The page's own JavaScript begins here: the selection in the address, and who is told of it.
   The selection lives in one hidden text field (#sl-address); every script writes only that. */
(() => {
  'use strict';
  const $ = (selector, root = document) => root.querySelector(selector);
  const field = () => $('#sl-address textarea, #sl-address input');
  let known = null; // the address shown last, as text

  /* ---- selection ------------------------------------------------------------------------- */
  const current = () => new URLSearchParams(known ?? location.search);

  function write(params) {
    const text = params.toString();
    const target = field();
    if (text === known) return;
    if (target) put(target, text);
    sync(text);
  }

  function put(target, text) { // as if it had been typed, so that Gradio notices
    target.value = text;
    target.dispatchEvent(new Event('input', { bubbles: true }));
  }

  const { voids } = window.SecondLookFields;
  const texts = (params, names) => names.map((name) => params.get(name) ?? '');

  function patch(changes) {
    const params = current();
    for (const [name, value] of Object.entries(changes)) {
      if (value === null || value === '') params.delete(name); else params.set(name, value);
    }
    if ('query' in changes) { // what was chosen for another image
      for (const name of voids.query) {
        if (!(name in changes)) params.delete(name);
      }
    }
    write(params);
  }

  let early = null; // a tab that was chosen before the address was read
  function tab(view) {
    if (known !== null) patch({ view }); else early = view;
  }

  function sync(text) {
    if (!text) return;
    const before = known === null ? null : current();
    known = text;
    if (!before && early) { patch({ view: early }); early = null; return; }
    const now = current();
    const moved = before && ['view', 'query', 'candidate'].some((name) => before.get(name) !== now.get(name));
    const url = new URL(location);
    const theme = url.searchParams.get('__theme');
    url.search = text;
    if (theme) url.searchParams.set('__theme', theme);
    const from = before && before.get('query');
    const walked = ['view', 'queue'].every((name) => before?.get(name) === now.get(name))
      && now.get('view') === 'annotate'; // from pair to pair of one queue
    const fresh = moved && !walked && !(before.get('view') === now.get('view') && !from);
    if (url.href !== location.href) history[fresh ? 'pushState' : 'replaceState'](null, '', url);
    document.dispatchEvent(new CustomEvent('sl-address'));
  }

  addEventListener('popstate', () => {
    const params = new URLSearchParams(location.search);
    params.delete('__theme');
    write(params);
  });

  /* ---- Gradio ---------------------------------------------------------------------------- */
  // Of a run that has no id yet Gradio asks to be cancelled too, which its server calls an error.
  const ask = window.fetch.bind(window);
  window.fetch = (url, options) => {
    const isVoid = /\/gradio_api\/(cancel|reset)$/.test(String(url))
      && String(options?.body ?? '').includes('"event_id":null');
    return isVoid ? Promise.resolve(new Response('{"success":true}')) : ask(url, options);
  };

  window.SecondLook = { patch, sync, tab, current, texts, isRead: () => known !== null };
})();
