// What is selected, as the page's address has it, and what tells that there may be more to show.

const signals = new Map();
let slid = -Infinity; // when a slider was moved last
const SLIDING_MS = 300;

export const current = () => window.SecondLook.current();
export const patch = (changes) => window.SecondLook.patch(changes);
export const isRead = () => window.SecondLook.isRead();

export const textOfSignal = (name) => signals.get(name) ?? '';

export function signal(name, text) { // there may be more to show of a kind
  if (signals.get(name) === text) return;
  signals.set(name, text);
  document.dispatchEvent(new CustomEvent('sl-signal', { detail: name }));
}

// What was so when something was drawn; where more has been heard since, that stays.
export function signalsThen(then) {
  for (const [name, text] of Object.entries(then)) if (!signals.has(name)) signals.set(name, text);
}

// What a part depends on, as a text: it is drawn again when its text changes.
export function textOf({ fields, signals: names }, params = current(), told = Object.fromEntries(signals)) {
  return [...fields.map((name) => params.get(name) ?? ''), ...names.map((name) => told[name] ?? '')].join('#');
}

export const isSliding = () => performance.now() - slid < SLIDING_MS;
export const restIn = () => Math.max(0, slid + SLIDING_MS - performance.now());

document.addEventListener('input', (event) => {
  if (event.target.matches?.('[data-slider]')) slid = performance.now();
}, true);
