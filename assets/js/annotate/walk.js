// The walk through a queue, one pair at a time, by key or button. What an answer is about is the pair
// on screen at that moment, and it carries that pair's ids (outbox.js). Pairs come as HTML that the
// server has escaped; words of people go into fields and texts only.
import { $ } from '../dom.js';
import { groups } from '../fields.js';
import { ask } from '../http.js';
import { current, patch } from '../selection.js';
import { say } from '../toast.js';
import * as desk from './desk.js';
import { overlay, isWhole, whole } from './looks.js';
import { outbox } from './outbox.js';

const AHEAD = 8; // pairs that are loaded before they are reached
const NAME = 'second-look-author';
const BLIND = 'second-look-blind';
const { keyOf, stage } = desk;

const enable = () => desk.enable(Boolean(item()));
const progress = () => desk.progress(queue);

let box = null; // the outbox, once the screen is there
let author = remembered(NAME);
let user = null; // the login's name, which wins over the field
let queue = null; // { token, total, judged, at, items: Map(place -> item) } or null
let shows = null; // what the queue was asked with
let addressed = ''; // the pair that the address named last
let loading = 0;
let waits = null; // a verdict that waits for its author's name: { pair, verdict }

function remembered(key) { try { return localStorage.getItem(key) ?? ''; } catch { return ''; } }
function remember(key, value) { try { localStorage.setItem(key, value); } catch { /* private */ } }

// ---- what others may know
export const inFront = () => current().get('view') === 'annotate';
export const isReady = () => Boolean(box);
export const isIdle = () => box?.isIdle() ?? true;
export const hasPair = () => Boolean(item());
export const who = () => author;
export const retry = () => box.retry();
export const reload = () => load();
export const here = () => { // the pair that is judged now
  const one = item();
  return one && { query: one.query, candidate: one.image };
};

// ---- the queue
const asks = () => groups.queue.map((name) => current().get(name) ?? '').join('|');
const pairInAddress = () => keyOf({ query: current().get('query'), image: current().get('candidate') });
const item = () => queue?.items.get(queue.at) ?? null;

async function load(resume = false) { // around the address's pair, or where the author left off
  const ticket = ++loading;
  queue = null; // no answer goes to a pair that is not on screen
  enable();
  stage(desk.says('queue'));
  shows = asks();
  const address = current();
  if (resume) address.delete('candidate');
  const found = await askWindow({ address: address.toString() });
  if (ticket !== loading) return;
  signedIn(found.user);
  desk.source(found.source ?? '', current().get('queue') === 'selection' && Boolean(found.total));
  addressed = pairInAddress();
  if (found.total) {
    queue = { token: found.token, total: found.total, at: found.at, judged: 0, items: new Map() };
    fill(found);
    show();
    takeWaiting();
  } else {
    stage(found.message);
    enable();
    document.dispatchEvent(new CustomEvent('sl-judged', { detail: 0 })); // panels stand beside it
  }
  progress();
}

async function more(at) { // further pairs of the very same list; another list is not mixed in
  if (queue.asked) return;
  const asked = queue;
  asked.asked = true;
  const found = await askWindow({ at: String(at), token: asked.token });
  asked.asked = false;
  if (queue !== asked) return;
  if (found.token === asked.token) fill(found);
  if (!asked.needs) return;
  if (item()) show(); else stage(found.failed ? found.message : desk.says('changed'));
}

async function askWindow(fields) {
  const count = box.count();
  const found = await get('window', { address: current().toString(), author, ...fields });
  found.isNow = box.isIdle() && count === box.count(); // no answer has overtaken it
  return found;
}

export async function get(what, fields) {
  try {
    return await (await ask(`annotations/${what}?${new URLSearchParams(fields)}`)).json();
  } catch {
    return { total: 0, items: [], failed: true, message: desk.says('silent') };
  }
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

function go(place) {
  if (!queue) return;
  queue.at = Math.max(0, Math.min(queue.total - 1, place));
  show();
  progress();
}

function show() {
  const one = item();
  queue.needs = !one;
  stage(one ? one.html : desk.says('pair'));
  enable();
  if (!one) { more(queue.at); return; }
  desk.words(one);
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
    patch({ query: one.query, candidate: one.image });
  }, 350);
}

// ---- answers
function change(one, op, value) {
  if (!named()) return false;
  const action = { kind: 'set', author, query: one.query, image: one.image, op, value, seen: one.version };
  if (!box.push(action)) { refuse(); return false; }
  if (op === 'verdict' && queue) queue.judged += (one.verdict ? 0 : 1) - (value ? 0 : 1);
  one[op] = value;
  desk.alertText('');
  return true;
}

function refuse() {
  say(`Not taken: the answer before is not saved yet. ${box.problem() || 'A moment, please.'}`);
}

export function judge(verdict) {
  const one = item();
  if (!one) return;
  if (!author) { // kept until the name is there
    waits = { query: one.query, image: one.image, verdict };
    desk.askName(verdict);
    return;
  }
  if (!change(one, 'verdict', verdict)) return;
  desk.words(one);
  if (queue.at < queue.total - 1) go(queue.at + 1); else { progress(); say('This was the last pair.'); }
}

function takeWaiting() { // what the author has judged before stays as it is
  if (!waits || !author) return;
  const held = place(waits);
  const { verdict } = waits;
  waits = null;
  if (!held) return;
  if (held.at !== queue.at) go(held.at);
  if (held.one.verdict) say(`${author} has judged this pair already: ${held.one.verdict}.`);
  else judge(verdict);
}

const MOVES = {
  next: () => go(queue.at + 1),
  back: () => go(queue.at - 1),
  blind: () => blind(!desk.isBlind()),
  overlay,
  whole: () => whole(!isWhole()),
  pair: () => patch({ view: 'pair', ...here() }),
  undo: () => push('undo'),
  redo: () => push('redo'),
};
export const move = (what) => MOVES[what]();

function push(kind) {
  if (named() && !box.push({ kind, author })) refuse();
}

export function named() {
  if (author) return true;
  say('Say who you are first: type your name on the Annotate screen.');
  if (inFront()) desk.askName();
  return false;
}

function answered(action, fields, isDone) {
  const word = fields.annotation;
  const held = word && place(word);
  if (held && (!isDone || action.kind !== 'set') && !box.waitsFor(word)) {
    queue.judged += (word.verdict ? 1 : 0) - (held.one.verdict ? 1 : 0);
    Object.assign(held.one, word);
    if (held.one === item()) desk.words(held.one);
  } else if (held) {
    held.one.version = word.version;
  }
  if (!isDone) desk.alertText(fields.error, action.kind === 'set' ? action : null);
  else if (action.kind !== 'set') moved(word, held, action.kind);
  progress();
  panelsAfter();
}

function panelsAfter(ms) { // what stands beside the pairs may have changed
  document.dispatchEvent(new CustomEvent('sl-judged', { detail: ms }));
}

function place(pair) {
  for (const [at, one] of queue?.items ?? []) if (keyOf(one) === keyOf(pair)) return { at, one };
  return null;
}

function moved(word, held, kind) { // an undo shows what it has changed
  desk.alertText('');
  if (held) { if (held.at !== queue.at) go(held.at); return; }
  say(`${kind === 'undo' ? 'Undone' : 'Done again'}: ${word.query}, ${word.image}`);
  open(word);
}

export function open(pair) {
  const held = place(pair);
  if (held) { go(held.at); return; }
  addressed = keyOf(pair);
  patch({ view: 'annotate', query: pair.query, candidate: pair.image });
  load();
}

// ---- who and where
function signedIn(name) {
  user = name ?? null;
  if (user) author = user;
  desk.name(author, Boolean(user));
}

function blind(is) {
  desk.blind(is);
  remember(BLIND, is ? '1' : '');
}

export function choose(name) {
  patch({ view: 'annotate', queue: name, query: current().get('query'), candidate: '' });
}

export function rename(text) {
  if (user) return;
  const before = author;
  author = text.trim().replace(/\s+/g, ' ');
  remember(NAME, author);
  desk.name(author, false);
  if (author) say('');
  if (box) { load(Boolean(before)); panelsAfter(0); }
}

export function spoken(target) { // the field's own pair, whatever is on screen by now
  const held = [...(queue?.items.values() ?? [])].find((one) => keyOf(one) === target.pair);
  if (!held) return;
  if (target.dataset.anNote !== undefined) change(held, 'note', target.value);
  else change(held, 'tags', target.value.split(',').map((tag) => tag.trim()).filter(Boolean));
}

function follow() { // the address has changed, or the screen is there
  if (!inFront() || !ready()) return;
  if (shows !== asks()) { load(); panelsAfter(0); return; }
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
  const screen = $('[data-an] [data-workspace]');
  if (!screen) return false; // `sl-drawn` tells when it is there
  if (!box) {
    box = outbox(`second-look-outbox-${screen.dataset.workspace}`,
      { state: desk.saved, answer: answered });
    desk.name(author, false);
    blind(remembered(BLIND) === '1');
  }
  return true;
}

for (const name of ['sl-address', 'sl-drawn']) document.addEventListener(name, follow);
