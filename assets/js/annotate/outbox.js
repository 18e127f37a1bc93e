// Answers on their way to the server: one at a time, in the order of the keys, each with the name of
// its pair and of itself, kept in the browser until the server has acknowledged that it is on disk.
// An answer that is sent again after a lost acknowledgement is done once.
import { SILENT } from '../http.js';

const LIMIT = 20; // answers that may wait before further keys are refused
const PATIENCE_MS = 8000;
const PAUSES_MS = [250, 500, 1000, 2000, 4000];

const pairKey = (action) => `${action.query}\n${action.image}`;

export function outbox(storageKey, listener) {
  const versions = new Map(); // author and pair -> last version known
  const line = { undoable: null, redoable: null };
  let waiting = load();
  let busy = false;
  let problem = ''; // why the first one could not be sent; empty = no trouble
  let acknowledged = 0;
  let wake = null;

  function load() {
    try {
      const kept = JSON.parse(sessionStorage.getItem(storageKey) ?? '[]');
      return Array.isArray(kept) ? kept : [];
    } catch { return []; }
  }
  function keep() {
    try {
      sessionStorage.setItem(storageKey, JSON.stringify(waiting));
    } catch { /* no room: they still wait in this window */ }
    listener.state({ n: waiting.length, problem, acknowledged });
  }

  const versionKey = (action) => `${action.author}\n${pairKey(action)}`;
  function learn(author, word) { // versions only grow; an older answer says nothing new
    const key = versionKey({ author, ...word });
    const known = versions.get(key) ?? -1;
    if (word.version > known) versions.set(key, word.version);
    return word.version >= known;
  }

  function push(action) {
    if (problem || waiting.length >= LIMIT) return false;
    waiting.push({ action: crypto.randomUUID?.() ?? uuid(), ...action });
    keep();
    drain();
    return true;
  }
  function uuid() { // randomUUID needs https or this machine
    return [...crypto.getRandomValues(new Uint8Array(16))]
      .map((byte) => byte.toString(16).padStart(2, '0')).join('');
  }

  function body(action) {
    const { seen, ...sent } = action;
    if (action.kind === 'set') {
      return { ...sent, expected: versions.get(versionKey(action)) ?? seen ?? 0 };
    }
    return { ...sent, expected: action.kind === 'undo' ? line.undoable : line.redoable };
  }

  async function send(action) {
    try {
      const answer = await fetch('annotations/actions', {
        method: 'POST', keepalive: true, signal: AbortSignal.timeout(PATIENCE_MS),
        headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(body(action)),
      });
      return { status: answer.status, fields: await answer.json() };
    } catch {
      return { status: 0, fields: {} };
    }
  }

  async function drain() {
    if (busy) return;
    busy = true;
    for (let tries = 0; waiting.length;) {
      const action = waiting[0];
      const { status, fields } = await send(action);
      if (status === 200 || status === 400 || status === 409 || status === 422) {
        waiting.shift();
        tries = 0;
        problem = '';
        acknowledged += status === 200 ? 1 : 0;
        if ('undoable' in fields) Object.assign(line, { undoable: fields.undoable, redoable: fields.redoable });
        if (fields.annotation) learn(action.author, fields.annotation);
        keep();
        listener.answer(action, fields, status === 200);
      } else {
        problem = fields.error ?? SILENT;
        keep();
        const pause = PAUSES_MS[Math.min(tries, PAUSES_MS.length - 1)];
        tries += 1;
        await new Promise((resolve) => { wake = resolve; setTimeout(resolve, pause); });
      }
    }
    busy = false;
  }

  addEventListener('beforeunload', (event) => { if (waiting.length) event.preventDefault(); });
  if (waiting.length) setTimeout(() => { keep(); drain(); }, 0); // left by a reload

  return {
    push,
    learn,
    line,
    retry: () => wake?.(),
    count: () => acknowledged,
    waitsFor: (pair) => waiting.some((a) => a.kind === 'set' && pairKey(a) === pairKey(pair)),
    isIdle: () => !waiting.length,
    problem: () => problem,
  };
}
