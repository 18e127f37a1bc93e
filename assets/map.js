/* The descriptor map of the Failures view: what dragging does, the card under the pointer, and a
   line drawn around queries, which the server keeps as a slice (ui/server/map_routes.py). */
(() => {
  'use strict';
  const $ = (selector, root = document) => root.querySelector(selector);
  const patch = (changes) => window.SecondLook.patch(changes);
  const say = (text) => window.SecondLook.say(text);
  const node = () => $('#sl-fl-map .sl-plot');
  const params = () => new URLSearchParams(location.search);
  // a finger that drags means to scroll the page until a mode is chosen
  let mode = matchMedia('(pointer: coarse)').matches || innerWidth < 768 ? false : 'lasso';

  /* ---- dragging -------------------------------------------------------------------------- */
  function showMode() {
    for (const button of document.querySelectorAll('[data-map-mode]')) {
      button.setAttribute('aria-pressed', String(button.dataset.mapMode === mode));
    }
    const plot = node();
    if (plot?.layout && plot.layout.dragmode !== mode) Plotly.relayout(plot, { dragmode: mode });
  }

  function corners(event) { // of a lasso or a box, in the map's coordinates
    const { lassoPoints: line, range } = event;
    if (line) return line.x.map((x, place) => [x, line.y[place]]);
    if (!range) return [];
    const [x, y] = [range.x, range.y];
    return [[x[0], y[0]], [x[1], y[0]], [x[1], y[1]], [x[0], y[1]]];
  }

  async function select(plot, event) {
    if (!event) return; // the outline was taken away
    const polygon = corners(event);
    const projection = params().get('projection') ?? 'pca';
    Plotly.update(plot, { selectedpoints: null }, { selections: [] });
    if (polygon.length < 3) return;
    try {
      const answer = await fetch('map/selections', {
        method: 'POST',
        headers: { 'Content-Type': 'application/json' },
        body: JSON.stringify({ projection, polygon }),
      });
      const found = await answer.json();
      if (!answer.ok) { say(found.error || 'The selection was not kept.'); return; }
      say(`${found.n_queries} ${found.n_queries === 1 ? 'query' : 'queries'} selected.`);
      patch({ slice: found.slice, query: '' });
    } catch {
      say('The server does not answer; is it still running?');
    }
  }

  async function remove(id) {
    try {
      const answer = await fetch(`map/selections/${encodeURIComponent(id)}`, { method: 'DELETE' });
      if (!answer.ok) { say((await answer.json()).error || 'The selection was not deleted.'); return; }
    } catch {
      say('The server does not answer; is it still running?');
      return;
    }
    if (params().get('slice') === `map:${id}`) patch({ slice: '', query: '' });
    else redraw();
  }

  function redraw() { // the field that the view listens to, as if it had changed
    const field = $('#sl-on-map textarea, #sl-on-map input');
    field.value = `${field.value}#again`;
    field.dispatchEvent(new Event('input', { bubbles: true }));
  }

  /* ---- the card under the pointer -------------------------------------------------------- */
  let timer = 0;
  function showCard(event) {
    const card = $('#sl-map-card');
    const point = event.points[0];
    if (!card || !point?.customdata) return;
    const id = point.customdata;
    const picture = $('img', card);
    $('b', card).textContent = id.split('/').pop();
    $('small', card).textContent = point.data.meta.join(', ');
    card.hidden = false;
    const { clientX: x, clientY: y } = event.event;
    const { offsetWidth: width, offsetHeight: height } = card;
    card.style.left = `${Math.max(4, x + 16 + width > innerWidth ? x - 16 - width : x + 16)}px`;
    card.style.top = `${Math.max(4, Math.min(innerHeight - height - 4, y - height / 2))}px`;
    picture.style.visibility = 'hidden';
    picture.onload = () => { picture.style.visibility = 'visible'; };
    clearTimeout(timer);
    timer = setTimeout(() => { // not for every mark that the pointer passes
      const path = id.split('/').map(encodeURIComponent).join('/');
      picture.src = `thumbnail/160/${path}?v=${encodeURIComponent(card.dataset.version)}`;
    }, 60);
  }

  function hideCard() {
    clearTimeout(timer);
    const card = $('#sl-map-card');
    if (card) card.hidden = true;
  }

  function click(event) {
    const point = event.points[0];
    if (point?.customdata && point.data.meta[0] === 'query') patch({ query: point.customdata, slice: '' });
  }

  /* ---- what follows the page ------------------------------------------------------------- */
  document.addEventListener('sl-drawn', (event) => {
    const plot = event.target;
    if (!plot.closest('#sl-fl-map')) return;
    showMode();
    if (plot.isMap) return;
    plot.isMap = true;
    plot.on('plotly_selected', (found) => select(plot, found));
    plot.on('plotly_hover', showCard);
    plot.on('plotly_unhover', hideCard);
    plot.on('plotly_click', click);
  });
  document.addEventListener('sl-address', hideCard);
  addEventListener('scroll', hideCard, { passive: true });

  document.addEventListener('click', (event) => {
    const target = event.target.closest(
      '[data-map-mode],[data-map-projection],[data-map-clear],[data-map-show],[data-map-remove]');
    if (!target) return;
    const data = target.dataset;
    if (data.mapMode) { mode = mode === data.mapMode ? false : data.mapMode; showMode(); }
    else if (data.mapProjection) patch({ projection: data.mapProjection === 'pca' ? '' : data.mapProjection });
    else if (data.mapShow) patch({ slice: data.mapShow, query: '' });
    else if (data.mapRemove) remove(data.mapRemove);
    else patch({ slice: '', query: '' });
  });

  document.addEventListener('change', (event) => {
    if (event.target.matches('[data-map-colour]')) patch({ colour: event.target.value });
  });

  function watch() { // the buttons are made anew with every answer of the server
    new MutationObserver((changes) => {
      if (changes.some((change) => change.target.closest?.('#sl-map-head'))) showMode();
    }).observe(document.body, { childList: true, subtree: true });
  }
  if (document.body) watch(); else addEventListener('DOMContentLoaded', watch);
})();
