/* The Annotate view: walks through a queue, one pair at a time, by key or button. What an answer is
   about is the pair on screen at that moment, and it carries that pair's ids (annotate-outbox.js).
   Pairs come as HTML that the server has escaped; words of people go into fields and texts only. */
(() => {
  'use strict';
  const $ = (selector, root = document) => root.querySelector(selector);
  const all = (selector, root = document) => [...root.querySelectorAll(selector)];
  const AHEAD = 8; // pairs that are loaded before they are reached
  const VERDICTS = ['match', 'no match', 'unsure', 'near duplicate', 'label error'];
  const NAME = 'second-look-author';
  const BLIND = 'second-look-blind';

  const CHANGED = '<p class="sl-empty" role="status">The queue was made again on the server. '
    + '<button type="button" class="sl-link" data-an-reload>Load it</button></p>';

  const current = () => new URLSearchParams(location.search);
  const inFront = () => current().get('view') === 'annotate';
  const keyOf = (pair) => `${pair.query}\n${pair.image}`;
  const say = (text) => window.SecondLook.say(text);

  let box = null; // the outbox, once the screen is there
  let author = remembered(NAME);
  let user = null; // the login's name, which wins over the field
  let queue = null; // { token, total, judged, at, items: Map(place -> item) } or null
  let shows = null; // what the queue was asked with
  let addressed = ''; // the pair that the address named last
  let loading = 0;

  function remembered(key) { try { return localStorage.getItem(key) ?? ''; } catch { return ''; } }
  function remember(key, value) { try { localStorage.setItem(key, value); } catch { /* private */ } }

  /* ---- the queue ------------------------------------------------------------------------- */
  const asks = () => ['queue', 'depth', 'lam', 'gamma'].map((n) => current().get(n)).join('|');
  const pairInAddress = () => keyOf({ query: current().get('query'), image: current().get('candidate') });
  const item = () => queue?.items.get(queue.at) ?? null;

  async function load(resume = false) { // around the address's pair, or where the author left off
    const ticket = ++loading;
    stage('<p class="sl-empty" role="status">Loading the queue …</p>');
    shows = asks();
    const address = current();
    if (resume) address.delete('candidate');
    const found = await ask({ address: address.toString() });
    if (ticket !== loading) return;
    signedIn(found.user);
    $('[data-an-source]').innerHTML = found.source ?? '';
    $('[data-an-clear]').hidden = current().get('queue') !== 'selection' || !found.total;
    addressed = pairInAddress();
    queue = null;
    if (found.total) {
      queue = { token: found.token, total: found.total, at: found.at, judged: 0, items: new Map() };
      fill(found);
      show();
    } else {
      stage(found.message);
      enable();
    }
    progress();
  }

  async function more(at) { // further pairs of the very same list; another list is not mixed in
    if (queue.asked) return;
    const asked = queue;
    asked.asked = true;
    const found = await ask({ at: String(at), token: asked.token });
    asked.asked = false;
    if (queue !== asked) return;
    if (found.token === asked.token) fill(found);
    if (!asked.needs) return;
    if (item()) show(); else stage(found.failed ? found.message : CHANGED);
  }

  async function ask(fields) {
    const count = box.count();
    const found = await get('window', { address: location.search.slice(1), author, ...fields });
    found.isNow = box.isIdle() && count === box.count(); // no answer has overtaken it
    return found;
  }

  function fill(found) {
    found.items.forEach((one, index) => take(found.start + index, one));
    if (!found.isNow) return;
    queue.judged = found.judged;
    Object.assign(box.line, { undoable: found.undoable, redoable: found.redoable });
  }

  function take(place, one) {
    const fresh = box.learn(author, one) && !box.waitsFor(one);
    const known = queue.items.get(place);
    if (!known) queue.items.set(place, one);
    else if (fresh) Object.assign(known, one);
  }

  async function get(what, fields) {
    try {
      const answer = await fetch(`annotations/${what}?${new URLSearchParams(fields)}`);
      const found = await answer.json();
      if (answer.ok) return found;
      throw new Error(String(answer.status));
    } catch {
      return { total: 0, items: [], failed: true, message: '<p class="sl-error" role="alert">The '
        + 'server does not answer; is it still running? <button type="button" class="sl-link" '
        + 'data-an-reload>Try again</button></p>' };
    }
  }

  function go(place) {
    if (!queue) return;
    queue.at = Math.max(0, Math.min(queue.total - 1, place));
    show();
    progress();
  }

  function show() {
    const one = item();
    queue.needs = !one;
    stage(one ? one.html : '<p class="sl-empty" role="status">Loading the pair …</p>');
    enable();
    if (!one) { more(queue.at); return; }
    words(one);
    write(one);
    ahead();
  }

  function ahead() {
    for (let place = queue.at + 1; place <= Math.min(queue.at + AHEAD, queue.total - 1); place += 1) {
      const next = queue.items.get(place);
      if (!next) { more(place); return; }
      if (!next.isAhead) {
        next.isAhead = true;
        for (const address of next.pictures) new Image().src = address;
      }
    }
  }

  let timer = 0;
  function write(one) { // the address follows when the walk pauses
    clearTimeout(timer);
    timer = setTimeout(() => {
      if (!inFront() || item() !== one) return;
      addressed = keyOf(one);
      window.SecondLook.patch({ query: one.query, candidate: one.image });
    }, 350);
  }

  /* ---- what is on screen ----------------------------------------------------------------- */
  function stage(html) { $('#sl-an-stage').innerHTML = html; }

  function enable() {
    const on = Boolean(item());
    for (const node of all('[data-an-verdict],[data-an-move],[data-an-tags],[data-an-note]')) {
      node.disabled = !on;
    }
    if (!on) for (const node of all('[data-an-tags],[data-an-note]')) node.value = '';
  }

  function words(one) {
    for (const button of all('[data-an-verdict]')) {
      button.setAttribute('aria-pressed', String(button.dataset.anVerdict === one.verdict));
    }
    for (const [field, text] of [['tags', one.tags.join(', ')], ['note', one.note]]) {
      const node = $(`[data-an-${field}]`);
      if (document.activeElement !== node || node.pair !== keyOf(one)) node.value = text;
      node.pair = keyOf(one);
    }
  }

  function progress() {
    const bar = $('.sl-an-progress [role="progressbar"]');
    const { judged = 0, total = 0, at = 0 } = queue ?? {};
    bar.setAttribute('aria-valuemax', total);
    bar.setAttribute('aria-valuenow', judged);
    bar.firstElementChild.style.width = `${total ? (100 * judged) / total : 0}%`;
    const done = total && judged === total ? ' · all judged' : '';
    $('[data-an-progress]').textContent = total
      ? `pair ${at + 1} of ${total} · ${judged} judged${done}` : '';
  }

  function alertText(text, pair) {
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

  /* ---- answers --------------------------------------------------------------------------- */
  function change(one, op, value) {
    if (!named()) return false;
    const action = { kind: 'set', author, query: one.query, image: one.image, op, value, seen: one.version };
    if (!box.push(action)) { refuse(); return false; }
    if (op === 'verdict' && queue) queue.judged += (one.verdict ? 0 : 1) - (value ? 0 : 1);
    one[op] = value;
    alertText('');
    return true;
  }

  function refuse() {
    say(`Not taken: the answer before is not saved yet. ${box.problem() || 'A moment, please.'}`);
  }

  function judge(verdict) {
    const one = item();
    if (!one || !change(one, 'verdict', verdict)) return;
    words(one);
    if (queue.at < queue.total - 1) go(queue.at + 1); else { progress(); say('This was the last pair.'); }
  }

  function move(what) {
    if (what === 'next') go(queue.at + 1);
    else if (what === 'back') go(queue.at - 1);
    else if (what === 'blind') blind(!$('[data-an]').classList.contains('sl-an-blinded'));
    else if (named() && !box.push({ kind: what, author })) refuse();
  }

  function named() {
    if (author) return true;
    say('Say who you are first: type your name.');
    $('[data-an-author]').focus();
    return false;
  }

  function answered(action, fields, isDone) {
    const word = fields.annotation;
    const held = word && place(word);
    if (held && (!isDone || action.kind !== 'set') && !box.waitsFor(word)) {
      queue.judged += (word.verdict ? 1 : 0) - (held.one.verdict ? 1 : 0);
      Object.assign(held.one, word);
      if (held.one === item()) words(held.one);
    } else if (held) {
      held.one.version = word.version;
    }
    if (!isDone) alertText(fields.error, action.kind === 'set' ? action : null);
    else if (action.kind !== 'set') moved(word, held, action.kind);
    progress();
    window.SecondLookPanels.refresh();
  }

  function place(pair) {
    for (const [at, one] of queue?.items ?? []) if (keyOf(one) === keyOf(pair)) return { at, one };
    return null;
  }

  function moved(word, held, kind) { // an undo shows what it has changed
    alertText('');
    if (held) { if (held.at !== queue.at) go(held.at); return; }
    say(`${kind === 'undo' ? 'Undone' : 'Done again'}: ${word.query}, ${word.image}`);
    open(word);
  }

  function open(pair) {
    const held = place(pair);
    if (held) { go(held.at); return; }
    addressed = keyOf(pair);
    window.SecondLook.patch({ view: 'annotate', query: pair.query, candidate: pair.image });
    load();
  }

  /* ---- saved or not ---------------------------------------------------------------------- */
  let savingTimer = 0;
  function saved({ n, problem, acknowledged }) {
    const chip = $('[data-an-saved]');
    clearTimeout(savingTimer);
    const tell = (kind, text) => { chip.dataset.state = kind; chip.textContent = text; };
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

  /* ---- events ---------------------------------------------------------------------------- */
  function signedIn(name) {
    user = name ?? null;
    const field = $('[data-an-author]');
    field.readOnly = Boolean(user);
    if (user) author = user;
    if (document.activeElement !== field) field.value = author;
  }

  function blind(is) {
    $('[data-an]').classList.toggle('sl-an-blinded', is);
    $('[data-an-move="blind"]').lastChild.textContent = is ? ' show label' : ' hide label';
    remember(BLIND, is ? '1' : '');
  }

  document.addEventListener('click', (event) => {
    const target = event.target.closest('[data-an-verdict],[data-an-move],[data-an-choose],'
      + '[data-an-reload],[data-an-retry],[data-an-image]');
    if (!target || !box) return;
    const data = target.dataset;
    if (data.anVerdict !== undefined) judge(data.anVerdict);
    else if (data.anMove !== undefined) move(data.anMove);
    else if (data.anChoose !== undefined) choose(data.anChoose);
    else if (data.anReload !== undefined) load();
    else if (data.anRetry !== undefined) box.retry();
    else open({ query: data.anQuery, image: data.anImage });
  });

  function choose(name) {
    window.SecondLook.patch({ view: 'annotate', queue: name, query: current().get('query'), candidate: '' });
  }

  document.addEventListener('change', (event) => {
    const target = event.target;
    const data = target.dataset;
    if (data.anQueue !== undefined) choose(target.value);
    else if (data.anTags !== undefined || data.anNote !== undefined) spoken(target);
    else if (data.anAuthor !== undefined && !user) {
      const before = author;
      author = target.value.trim().replace(/\s+/g, ' ');
      remember(NAME, author);
      if (author) say('');
      if (box) { load(Boolean(before)); window.SecondLookPanels.refresh(0); }
    }
  });

  function spoken(target) { // the field's own pair, whatever is on screen by now
    const held = [...(queue?.items.values() ?? [])].find((one) => keyOf(one) === target.pair);
    if (!held) return;
    if (target.dataset.anNote !== undefined) change(held, 'note', target.value);
    else change(held, 'tags', target.value.split(',').map((tag) => tag.trim()).filter(Boolean));
  }

  document.addEventListener('keydown', (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || !box) return;
    const target = event.target;
    if (target.matches('[data-an-tags],[data-an-author]') && event.key === 'Enter') target.blur();
    if (target.matches('[data-an-note]') && event.key === 'Enter' && !event.shiftKey) {
      event.preventDefault();
      target.blur();
    }
    if (target.isContentEditable || target.closest('textarea,select,input:not([type="range"])')) return;
    const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
    if (!inFront() || !queue || !item() || $(':popover-open')) return;
    const moves = { j: 'next', k: 'back', u: event.shiftKey ? 'redo' : 'undo', r: 'redo', l: 'blind' };
    if (/^[1-5]$/.test(key) || key in moves) event.preventDefault(); // the name's field may take the focus
    if (/^[1-5]$/.test(key)) { if (!event.repeat) judge(VERDICTS[Number(key) - 1]); }
    else if (key in moves) { if (!event.repeat || 'jk'.includes(key)) move(moves[key]); }
    else if (key === 't' || key === 'n') {
      event.preventDefault();
      $(key === 't' ? '[data-an-tags]' : '[data-an-note]').focus();
    }
  });

  function follow() { // the address has changed, or the view has come to the front
    if (!inFront() || !ready()) return;
    if (shows !== asks()) { load(); window.SecondLookPanels.refresh(0); return; }
    const pair = pairInAddress();
    if (pair === addressed) return;
    addressed = pair;
    const [query, image] = pair.split('\n');
    if (queue && image !== 'null' && !(item() && keyOf(item()) === pair)) {
      const held = place({ query, image });
      if (held) go(held.at); else load();
    }
  }

  function ready() {
    const screen = $('[data-an]');
    if (!screen) { setTimeout(follow, 50); return false; }
    if (!box) {
      box = window.SecondLookOutbox(`second-look-outbox-${screen.dataset.workspace}`,
        { state: saved, answer: answered });
      $('[data-an-author]').value = author;
      blind(remembered(BLIND) === '1');
    }
    return true;
  }

  function showChoice() { // the list of queues is made by the server, the choice is the address's
    const select = $('[data-an-queue]');
    const chosen = current().get('queue') ?? '';
    if (select && [...select.options].some((option) => option.value === chosen)) select.value = chosen;
  }

  document.addEventListener('sl-address', () => { showChoice(); follow(); });
  function watchPage() {
    new MutationObserver((changes) => {
      if (changes.some((one) => one.target.closest?.('#sl-an-chooser'))) showChoice();
    }).observe(document.body, { childList: true, subtree: true });
  }
  if (document.body) watchPage(); else addEventListener('DOMContentLoaded', watchPage);

  window.SecondLookAnnotate = {
    get, inFront, named, author: () => author, isIdle: () => box?.isIdle() ?? true, reload: load,
  };
})();
