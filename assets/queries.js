/* The chosen query on the Queries screen. Its panel and strips are fetched as soon as it is chosen or
   a slider moves, not by an event of Gradio's; the rank flow follows when they are painted. */
(() => {
  'use strict';
  const $ = (selector, root = document) => root.querySelector(selector);
  const SLOTS = { panel: 'panel', before: 'before', after: 'after', choice: 'third-choice', third: 'third' };
  const { cards } = window.SecondLookFields.groups;
  const SILENT = 'The server does not answer; is it still running?';
  const slot = (part) => $(`#sl-${SLOTS[part]} .sl-slot`);
  const field = () => $('#sl-pending textarea, #sl-pending input');
  const held = {}; // the HTML in each slot: what stays the same is left alone, and keeps its focus
  let wanted = null; // the selection asked for last, as text
  let running = null; // the request for cards that is under way
  let behind = false; // the selection has changed since, for the same query
  let flowing = new AbortController();
  let stale = false; // pairs were scored, or outcomes made, while another view was in front

  const built = () => field() && Object.keys(SLOTS).every(slot);
  const soon = (ms) => new Promise((done) => { setTimeout(done, ms); });

  function selection() {
    const params = new URLSearchParams(location.search);
    params.delete('__theme');
    return params;
  }

  function follow() {
    const params = selection();
    if (params.get('view') !== 'queries') return;
    const text = window.SecondLook.texts(params, cards).join('|');
    if (text === wanted && !stale) return;
    wanted = text;
    stale = false;
    flowing.abort();
    if (running?.query === params.get('query')) { behind = true; return; }
    running?.stop.abort();
    load({ query: params.get('query'), stop: new AbortController() });
  }

  async function load(mine) {
    running = mine;
    do { // a slider may be ahead of the answer; its last value is always shown
      behind = false;
      const answer = await parts(mine.stop.signal);
      while (!built()) await soon(20); // on a cold load the answer may be there before its place
      if (running !== mine) return; // another query was chosen meanwhile
      show(answer);
    } while (behind);
    running = null;
    flowing = new AbortController();
    askFlow(flowing.signal);
  }

  async function parts(signal) {
    try {
      const answer = await fetch(`query/parts?${selection()}`, { signal });
      if (answer.ok) return await answer.json();
      if (answer.status === 401) return failed((await answer.json()).error);
      return failed('This query could not be shown; the server’s log says why.');
    } catch {
      return signal.aborted ? null : failed(SILENT);
    }
  }

  function failed(text) { // asked for again at the next choice, even if that is the same
    wanted = null;
    const line = document.createElement('p');
    line.className = 'sl-error';
    line.setAttribute('role', 'alert');
    line.textContent = text;
    return { panel: line.outerHTML, before: '', after: '', choice: '', third: '', pending: '' };
  }

  function show(answer) {
    for (const part of Object.keys(SLOTS)) {
      if (held[part] === answer[part]) continue;
      held[part] = answer[part];
      slot(part).innerHTML = answer[part];
    }
    const pending = field();
    if (pending.value === answer.pending) return;
    pending.value = answer.pending;
    pending.dispatchEvent(new Event('input', { bubbles: true })); // Gradio scores what it names
  }

  /* ---- rank flow ------------------------------------------------------------------------- */
  const figure = { value: '' };
  let draw = () => {};
  function flow(element) {
    window.SecondLook.plot(element, figure, (_name, redraw) => { draw = redraw; });
  }

  const painted = () => new Promise((done) => {
    requestAnimationFrame(() => requestAnimationFrame(done));
  });
  const FLOW_MS = 80; // after the cards: who walks on by J, or moves a slider, does not wait for it

  async function askFlow(signal) {
    try {
      await painted();
      await soon(FLOW_MS);
      if (signal.aborted) return;
      const answer = await fetch(`query/flow?${selection()}`, { signal });
      const text = answer.ok ? await answer.text() : '';
      if (signal.aborted || text === figure.value) return;
      figure.value = text;
      draw();
    } catch (error) {
      if (error.name !== 'AbortError') window.SecondLook.say(SILENT);
    }
  }

  /* ---- what asks for it ------------------------------------------------------------------ */
  function renew() { // pairs of the chosen query were scored
    stale = true;
    follow();
  }
  document.addEventListener('sl-address', follow);
  document.addEventListener('sl-revision', () => { // new outcomes may have brought missing pairs
    if (field()?.value) renew();
  });

  window.SecondLookQueries = { flow, renew };
})();
