/* The Annotate view: walks through a queue, one pair at a time, by key or button. What an answer is
   about is the pair on screen at that moment, and it carries that pair's ids (annotate-outbox.js).
   Pairs come as HTML that the server has escaped; words of people go into fields and texts only. */
(() => {
  'use strict';
  const $ = (selector, root = document) => root.querySelector(selector);
  const AHEAD = 8; // pairs that are loaded before they are reached
  const NAME = 'second-look-author';
  const BLIND = 'second-look-blind';

  const CHANGED = '<p class="sl-empty" role="status">The queue was made again on the server. '
    + '<button type="button" class="sl-link" data-an-reload>Load it</button></p>';

  const current = () => new URLSearchParams(location.search);
  const inFront = () => current().get('view') === 'annotate';
  const keyOf = (pair) => `${pair.query}\n${pair.image}`;
  const say = (text) => window.SecondLook.say(text);
  const paint = window.SecondLookStage;
  const { stage, words, alertText } = paint;
  const enable = () => paint.enable(Boolean(item()));
  const progress = () => paint.progress(queue);

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
  const asks = () => window.SecondLook.texts(current(), window.SecondLookFields.groups.queue).join('|');
  const pairInAddress = () => keyOf({ query: current().get('query'), image: current().get('candidate') });
  const item = () => queue?.items.get(queue.at) ?? null;

  async function load(resume = false) { // around the address's pair, or where the author left off
    const ticket = ++loading;
    queue = null; // no answer goes to a pair that is not on screen
    enable();
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
    else if (what === 'blind') blind(!paint.isBlind());
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

  /* ---- who and where --------------------------------------------------------------------- */
  function signedIn(name) {
    user = name ?? null;
    if (user) author = user;
    paint.name(author, Boolean(user));
  }

  function blind(is) {
    paint.blind(is);
    remember(BLIND, is ? '1' : '');
  }

  function choose(name) {
    window.SecondLook.patch({ view: 'annotate', queue: name, query: current().get('query'), candidate: '' });
  }

  function rename(text) {
    if (user) return;
    const before = author;
    author = text.trim().replace(/\s+/g, ' ');
    remember(NAME, author);
    if (author) say('');
    if (box) { load(Boolean(before)); window.SecondLookPanels.refresh(0); }
  }

  function spoken(target) { // the field's own pair, whatever is on screen by now
    const held = [...(queue?.items.values() ?? [])].find((one) => keyOf(one) === target.pair);
    if (!held) return;
    if (target.dataset.anNote !== undefined) change(held, 'note', target.value);
    else change(held, 'tags', target.value.split(',').map((tag) => tag.trim()).filter(Boolean));
  }

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
        { state: paint.saved, answer: answered });
      $('[data-an-author]').value = author;
      blind(remembered(BLIND) === '1');
    }
    return true;
  }

  document.addEventListener('sl-address', follow);

  window.SecondLookAnnotate = {
    get, inFront, named, judge, move, choose, open, spoken, rename,
    author: () => author,
    isIdle: () => box?.isIdle() ?? true,
    isReady: () => Boolean(box),
    hasPair: () => Boolean(item()),
    retry: () => box.retry(),
    reload: () => load(),
  };
})();
