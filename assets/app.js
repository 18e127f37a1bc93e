/* The page's own JavaScript: the selection in the address, choosers, keys, plots, pasted images.
   The selection lives in one hidden text field (#sl-address); everything here writes only that. */
(() => {
  'use strict';
  const IMAGE_LIMIT = 32 * 1024 * 1024;
  const $ = (selector, root = document) => root.querySelector(selector);
  const field = () => $('#sl-address textarea, #sl-address input');
  let known = null; // the address shown last, as text

  /* ---- selection ------------------------------------------------------------------------- */
  const current = () => new URLSearchParams(known ?? location.search);

  function write(params) {
    const text = params.toString();
    const target = field();
    if (!target || text === known) return;
    put(target, text);
    sync(text);
  }

  function put(target, text) { // as if it had been typed, so that Gradio notices
    target.value = text;
    target.dispatchEvent(new Event('input', { bubbles: true }));
  }

  /* What each view depends on. A view is asked to render only when its own text changes; null
     leaves it alone, because it is not in front. */
  const ranking = (p) => ['depth', 'lam', 'gamma'].map((name) => p.get(name)).join('|');
  let revised = ''; // what `renew` was told last
  const revision = () => revised;
  const upload = (p) => ((p.get('query') ?? '').startsWith('upload:') ? p.get('query') : '');
  const listed = (p) => ['sort', 'order', 'class', 'text', 'slice'].map((name) => p.get(name) ?? '');
  const DEPENDS = {
    view: (p) => p.get('view'),
    ranking: (p) => [ranking(p), revision()].join('#'),
    perturb: (p) => (p.get('view') === 'perturb' ? [p, revision()].join('#') : null),
    perturb_set: (p) => (p.get('view') === 'perturb' ? String(p) : null),
    annotate: (p) => (p.get('view') === 'annotate' ? [ranking(p), revision()].join('#') : null),
    run_list: (p) => (p.get('view') === 'runs'
      ? [p.get('run') ?? '', p.get('against') ?? '', revision()].join('#') : null),
    first_run: (p) => (p.get('view') === 'runs' ? revision() : null),
    overview: (p) => (p.get('view') === 'overview' ? [ranking(p), revision()].join('#') : null),
    tradeoff: (p) => (p.get('view') === 'overview'
      ? [p.get('budget') ?? '', Boolean(revision())].join('#') : null),
    list: (p) => (p.get('view') === 'queries'
      ? [ranking(p), ...listed(p), upload(p), revision()].join('#') : null),
    pair: (p) => (p.get('view') === 'pair'
      ? [p.get('query') ?? '', p.get('candidate') ?? '', ranking(p),
        $('#sl-pair-top .sl-empty') ? revision() : ''].join('#') : null),
    runs: (p) => (p.get('view') === 'runs'
      ? ['run', 'against'].map((name) => p.get(name) ?? '').join('#') : null),
    failures: (p) => (p.get('view') === 'failures'
      ? [ranking(p), p.get('bounds') ?? '', revision()].join('#') : null),
    moves: (p) => (p.get('view') === 'overview'
      ? [ranking(p), p.get('a') ?? '', p.get('b') ?? '', revision()].join('#') : null),
    map: (p) => (p.get('view') === 'failures'
      ? [ranking(p), ...['projection', 'colour', 'slice', 'query'].map((n) => p.get(n) ?? ''),
        revision()].join('#') : null),
  };

  // While a slider moves, the query in front comes first: what goes over all queries waits for rest.
  const AT_REST = ['list', 'ranking'];
  const REST_MS = 300;
  let slid = -REST_MS; // when a slider was moved last
  let resting = 0;
  function announce(params) {
    const moves = performance.now() - slid < REST_MS && params.get('view') === 'queries';
    if (moves) {
      clearTimeout(resting);
      resting = setTimeout(() => announce(current()), REST_MS);
    }
    for (const [name, of] of Object.entries(DEPENDS)) {
      if (moves && AT_REST.includes(name)) continue;
      const target = $(`#sl-on-${name} textarea, #sl-on-${name} input`);
      const text = of(params);
      if (target && text !== null && target.value !== text) put(target, text);
    }
  }

  function renew(text) { // there may be new outcomes
    revised = text;
    if (known !== null) announce(current());
    document.dispatchEvent(new CustomEvent('sl-revision'));
  }

  function patch(changes) {
    const params = current();
    for (const [name, value] of Object.entries(changes)) {
      if (value === null || value === '') params.delete(name); else params.set(name, value);
    }
    if ('query' in changes) { // what was chosen for another image
      for (const name of ['box', 'candidate', 'recipe', 'part', 'detail']) {
        if (!(name in changes)) params.delete(name);
      }
    }
    write(params);
  }

  let pressed = false; // a person has chosen a tab
  let early = null; // which, before the address was read
  addEventListener('click', (event) => { pressed ||= Boolean(event.target.closest?.('[role="tab"]')); }, true);
  function tab(view) { // Gradio selects its first tab by itself
    if (known !== null) patch({ view });
    else if (pressed) early = view;
  }

  function sync(text) {
    if (!text) return;
    const before = known === null ? null : current();
    known = text;
    if (!before && early) { patch({ view: early }); return; }
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
    showControls(now);
    announce(now);
    markSelected();
    document.dispatchEvent(new CustomEvent('sl-address'));
  }

  addEventListener('popstate', () => {
    const params = new URLSearchParams(location.search);
    params.delete('__theme');
    write(params);
  });

  /* ---- controls -------------------------------------------------------------------------- */
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
      slid = performance.now();
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
    if (event.target.id === 'sl-file' && event.target.files.length) {
      search(event.target.files[0]);
      event.target.value = '';
    }
  });

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
    else if (data.copy !== undefined) copy(data.copy);
    else switchTheme();
  });

  function narrowTo(filter) { // the query list under one filter alone
    patch({ view: 'queries', class: '', text: '', slice: '', query: '', ...filter });
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

  /* ---- query list ------------------------------------------------------------------------ */
  let shown = null;
  function openFirst(params) { // without a query the list's first one is opened
    const list = $('.sl-rows');
    if (known === null || params.get('view') !== 'queries' || params.get('query') || !list) return;
    const key = listed(params).join('|');
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

  document.addEventListener('keydown', (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const target = event.target;
    if (target.isContentEditable || target.closest('textarea,select,input:not([type="range"])')) {
      if (event.key === 'Escape') target.blur();
      return;
    }
    const onQueries = current().get('view') === 'queries';
    if (onQueries && (event.key === 'j' || event.key === 'J')) step(1);
    else if (onQueries && (event.key === 'k' || event.key === 'K')) step(-1);
    else if (onQueries && event.key === '/') { event.preventDefault(); $('[data-text]')?.focus(); }
    else if (event.key === '?') $('#sl-keys')?.togglePopover();
    else if ((event.key === 'Enter' || event.key === ' ') && target.id === 'sl-drop') {
      event.preventDefault();
      $('#sl-file').click();
    }
  });

  /* ---- a dropped or pasted image --------------------------------------------------------- */
  async function search(file) {
    if (!file || !file.type.startsWith('image/')) return say('That is not an image.');
    if (file.size > IMAGE_LIMIT) return say('The image is larger than 32 MB.');
    const zone = $('#sl-drop');
    zone?.classList.add('sl-busy');
    say('Reading the image …');
    try {
      const answer = await fetch('uploads', {
        method: 'POST', body: file,
        headers: { 'X-File-Name': encodeURIComponent(file.name || 'pasted image') },
      });
      const body = await answer.json();
      if (!answer.ok) return say(body.error || 'The image was not taken.');
      say('');
      const view = ['perturb', 'pair'].find((v) => v === current().get('view')) ?? 'queries';
      patch({ view, query: body.query_id, class: '', text: '' });
    } catch {
      say('The server does not answer; is it still running?');
    } finally {
      zone?.classList.remove('sl-busy');
    }
    return undefined;
  }

  document.addEventListener('paste', (event) => {
    const file = [...(event.clipboardData?.files ?? [])].find((f) => f.type.startsWith('image/'));
    if (file) { event.preventDefault(); search(file); }
  });
  for (const name of ['dragover', 'drop', 'dragleave']) {
    document.addEventListener(name, (event) => {
      if (!event.dataTransfer || ![...event.dataTransfer.types].includes('Files')) return;
      event.preventDefault();
      $('#sl-drop')?.classList.toggle('sl-over', name === 'dragover');
      if (name === 'drop') search(event.dataTransfer.files[0]);
    });
  }

  async function copy(text) {
    let done = true;
    try {
      await navigator.clipboard.writeText(text);
    } catch { // no clipboard on plain http
      const field = document.createElement('textarea');
      field.value = text;
      document.body.append(field);
      field.select();
      done = document.execCommand('copy');
      field.remove();
    }
    say(done ? 'Copied.' : 'The browser does not let this page copy; mark the text and copy it.');
  }

  let sayTimer = 0;
  function say(text) {
    const toast = $('#sl-toast');
    if (!toast) return;
    toast.textContent = text;
    toast.classList.toggle('sl-shown', Boolean(text));
    clearTimeout(sayTimer);
    if (text) sayTimer = setTimeout(() => say(''), 6000);
  }

  /* ---- plots ----------------------------------------------------------------------------- */
  const plots = new Set();
  const colour = (name) => getComputedStyle(document.body).getPropertyValue(name).trim();

  function themed(layout) {
    const text = colour('--body-text-color');
    const grid = colour('--sl-line');
    layout.font = { ...layout.font, color: colour('--sl-quiet') };
    layout.hoverlabel = { ...layout.hoverlabel, bgcolor: colour('--sl-surface'), bordercolor: grid };
    layout.hoverlabel.font = { ...layout.hoverlabel.font, color: text };
    for (const [name, axis] of Object.entries(layout)) {
      if (/^[xy]axis/.test(name)) Object.assign(axis, { gridcolor: grid, linecolor: grid });
    }
    return layout;
  }

  function clear(node) { // what is no longer asked for must not look measured
    if (!node.listens) return;
    Plotly.purge(node);
    node.classList.remove('js-plotly-plot');
    node.listens = false;
  }

  function plot(element, props, watch) {
    const node = $('.sl-plot', element);
    const draw = () => {
      if (!props.value) { clear(node); return; }
      if (!window.Plotly) { setTimeout(draw, 40); return; }
      const figure = JSON.parse(props.value);
      const options = { responsive: true, displaylogo: false, displayModeBar: false };
      Plotly.react(node, figure.data, themed(figure.layout), options).then(() => {
        node.dispatchEvent(new CustomEvent('sl-drawn', { bubbles: true }));
        if (node.listens) return;
        node.listens = true;
        node.on('plotly_click', (event) => {
          const id = event.points[0]?.customdata;
          if (!id || node.dataset.opens === 'nothing') return;
          if (node.dataset.opens === 'query') patch({ view: 'queries', query: id });
          else if (node.dataset.opens === 'level') patch({ strength: id, detail: '1' });
          else window.SecondLook.pick(id);
        });
      });
    };
    plots.add({ element, draw });
    let due = false;
    const idle = window.requestIdleCallback ?? ((work) => setTimeout(work, 50));
    watch('value', () => { // after everything else is shown, its pictures too
      if (due) return;
      due = true;
      idle(() => { due = false; draw(); }, { timeout: 250 });
    });
    draw();
    new ResizeObserver(() => {
      if (element.offsetParent !== null && node.listens) Plotly.Plots.resize(node);
    }).observe(element);
  }

  /* ---- Gradio ---------------------------------------------------------------------------- */
  // Of a run that has no id yet Gradio asks to be cancelled too, which its server calls an error.
  const ask = window.fetch.bind(window);
  window.fetch = (url, options) => {
    const isVoid = /\/gradio_api\/(cancel|reset)$/.test(String(url))
      && String(options?.body ?? '').includes('"event_id":null');
    return isVoid ? Promise.resolve(new Response('{"success":true}')) : ask(url, options);
  };

  /* ---- what follows the page ------------------------------------------------------------- */
  let wasDark = null;
  function watchPage() {
    new MutationObserver(() => {
      const dark = document.body.classList.contains('dark');
      if (dark === wasDark) return;
      wasDark = dark;
      for (const one of plots) if (one.element.isConnected) one.draw(); else plots.delete(one);
    }).observe(document.body, { attributes: true, attributeFilter: ['class'] });
    new MutationObserver((changes) => {
      if (innerWidth < 768 && changes.some((change) => change.target.closest?.('#sl-facts'))) narrow();
      if (changes.some((change) => change.target.closest?.('#sl-list,#sl-sidebar,#sl-list-controls,#sl-third-choice'))) {
        requestAnimationFrame(() => { markSelected(); showControls(current()); });
      }
    }).observe(document.body, { childList: true, subtree: true });
    if (innerWidth < 768) narrow();
  }
  function narrow() { // on a phone the sidebar starts folded
    const side = document.querySelectorAll('#sl-side-column .sl-side');
    if (!side.length) { setTimeout(narrow, 50); return; }
    for (const one of side) one.open = false;
  }
  if (document.body) watchPage(); else addEventListener('DOMContentLoaded', watchPage);

  window.SecondLook = { patch, sync, renew, tab, plot, say };
})();
