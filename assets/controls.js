/* Sliders, choosers, buttons and keys that write the selection, and show it. */
(() => {
  'use strict';
  const $ = (selector, root = document) => root.querySelector(selector);
  const { patch, current } = window.SecondLook;

  /* ---- as the selection has them --------------------------------------------------------- */
  function showControls(params) {
    for (const slider of document.querySelectorAll('[data-slider]')) {
      const value = params.get(slider.dataset.slider);
      if (value !== null && document.activeElement !== slider) slider.value = value;
      showSlider(slider);
    }
    const gamma = $('[data-slider="gamma"]');
    if (gamma) {
      const idle = Number(params.get('lam') ?? 0) === 0;
      gamma.closest('.sl-slider').classList.toggle('sl-idle', idle);
      gamma.title = idle ? 'No effect while λ = 0: the second stage’s score alone orders' : '';
    }
    const text = $('[data-text]');
    if (text && document.activeElement !== text) text.value = params.get('text') ?? '';
    const filter = $('[data-class-filter]');
    if (filter) filter.value = params.get('class') ?? '';
    for (const choice of document.querySelectorAll('[data-choice]')) {
      choice.value = params.get(choice.dataset.choice) ?? choice.dataset.unchosen ?? '';
    }
  }

  function showSlider(slider) {
    const output = $(`[data-output="${slider.dataset.slider}"]`);
    if (output) output.textContent = slider.value;
    const share = (slider.value - slider.min) / (slider.max - slider.min || 1);
    slider.style.setProperty('--share', `${100 * share}%`);
  }

  /* ---- moved and chosen ------------------------------------------------------------------ */
  let waiting = null;
  let timer = 0;
  function soon(changes, delay, atOnce) { // at most every `delay` ms, the last value always
    waiting = { ...waiting, ...changes };
    if (timer) return;
    if (atOnce) flush();
    timer = setTimeout(() => { timer = 0; flush(); }, delay);
  }
  function flush() {
    const all = waiting;
    waiting = null;
    if (all) patch(all);
  }

  document.addEventListener('input', (event) => {
    const target = event.target;
    if (target.matches('[data-slider]')) {
      showSlider(target);
      soon({ [target.dataset.slider]: target.value }, 90, true);
    } else if (target.matches('[data-text]')) {
      soon({ text: target.value }, 180);
    }
  });

  document.addEventListener('change', (event) => {
    if (event.target.matches('[data-choice]')) {
      patch({ [event.target.dataset.choice]: event.target.value });
    }
    if (event.target.matches('[data-budget]')) patch({ budget: event.target.value });
    if (event.target.matches('[data-class-filter]')) patch({ class: event.target.value });
  });

  /* ---- clicked --------------------------------------------------------------------------- */
  document.addEventListener('click', (event) => {
    const target = event.target.closest(
      '[data-queue],[data-open-pair],[data-query],[data-sort],[data-class],[data-slice],'
      + '[data-bounds],[data-copy],[data-theme-switch]');
    if (!target) return;
    const data = target.dataset;
    if (data.queue !== undefined) judge(data);
    else if (data.openPair !== undefined) {
      patch({ view: 'pair', query: data.openPair, candidate: data.candidate });
    }
    else if (data.query !== undefined) patch({ view: 'queries', query: data.query });
    else if (data.sort !== undefined) sortBy(data.sort);
    else if (data.class !== undefined) narrowTo({ class: data.class });
    else if (data.slice !== undefined) narrowTo({ slice: data.slice });
    else if (data.bounds !== undefined) patch({ bounds: data.bounds });
    else if (data.copy !== undefined) window.SecondLook.copy(data.copy);
    else switchTheme();
  });

  function narrowTo(filter) { // the query list under one filter alone
    const none = Object.fromEntries(window.SecondLookFields.groups.filter.map((name) => [name, '']));
    patch({ view: 'queries', ...none, query: '', ...filter });
  }

  function judge(data) { // an annotation queue, at a pair of it where one is named
    patch({ view: 'annotate', queue: data.queue, query: data.query ?? '', candidate: data.candidate ?? '' });
  }

  function sortBy(name) {
    const params = current();
    const same = params.get('sort') === name;
    const first = name === 'before' || name === 'after' ? 'down' : 'up';
    patch({ sort: name, order: same ? (params.get('order') === 'down' ? 'up' : 'down') : first });
  }

  function switchTheme() {
    const dark = document.body.classList.toggle('dark');
    const url = new URL(location);
    url.searchParams.set('__theme', dark ? 'dark' : 'light');
    history.replaceState(null, '', url);
  }

  /* ---- keys ------------------------------------------------------------------------------ */
  document.addEventListener('keydown', (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const target = event.target;
    if (target.isContentEditable || target.closest('textarea,select,input:not([type="range"])')) {
      if (event.key === 'Escape') target.blur();
      return;
    }
    const onQueries = current().get('view') === 'queries';
    if (onQueries && (event.key === 'j' || event.key === 'J')) window.SecondLook.step(1);
    else if (onQueries && (event.key === 'k' || event.key === 'K')) window.SecondLook.step(-1);
    else if (onQueries && event.key === '/') { event.preventDefault(); $('[data-text]')?.focus(); }
    else if (event.key === '?') $('#sl-keys')?.togglePopover();
    else if ((event.key === 'Enter' || event.key === ' ') && target.id === 'sl-drop') {
      event.preventDefault();
      $('#sl-file').click();
    }
  });

  /* ---- what follows the page ------------------------------------------------------------- */
  document.addEventListener('sl-address', () => showControls(current()));
  function watchPage() {
    new MutationObserver((changes) => {
      if (changes.some((change) => change.target.closest?.('#sl-list,#sl-sidebar,#sl-list-controls,#sl-third-choice'))) {
        requestAnimationFrame(() => showControls(current()));
      }
    }).observe(document.body, { childList: true, subtree: true });
  }
  if (document.body) watchPage(); else addEventListener('DOMContentLoaded', watchPage);
})();
