// How a pair is looked at: both pictures beside each other, one over the other, in the whole window.
import { $ } from '../dom.js';
import { sharpen } from './desk.js';

const BLINK_MS = 700;
const calm = matchMedia('(prefers-reduced-motion: reduce)');
const LOOKS = ['beside', 'blink', 'overlay'];
let timer = 0;

const pair = () => $('.sl-an-pair');

export function overlay() { // the next way to look
  const node = pair();
  if (!node) return;
  const now = LOOKS.indexOf(node.dataset.look ?? 'beside');
  let next = LOOKS[(now + 1) % LOOKS.length];
  if (next === 'blink' && calm.matches) next = 'overlay';
  look(next);
}

function look(name) {
  clearInterval(timer);
  const node = pair();
  node.dataset.look = name;
  node.dataset.front = 'candidate';
  if (name === 'blink') timer = setInterval(() => swap(node), BLINK_MS);
  sharpen();
}

function swap(node) {
  if (!node.isConnected) { clearInterval(timer); return; } // another pair has come
  node.dataset.front = node.dataset.front === 'query' ? 'candidate' : 'query';
}

const desk = () => $('[data-an]');
export const isWhole = () => desk()?.classList.contains('sl-an-whole') ?? false;

export async function whole(is) { // the window for the pair and the five verdicts
  desk().classList.toggle('sl-an-whole', is);
  desk().toggleAttribute('data-zoom-wheel', is);
  $('[data-an-move="whole"]').lastChild.textContent = is ? ' leave' : ' full screen';
  try {
    if (is) await document.documentElement.requestFullscreen?.();
    else if (document.fullscreenElement) await document.exitFullscreen();
  } catch { /* the browser allows none: the pair fills the window */ }
  sharpen();
}

document.addEventListener('fullscreenchange', () => {
  if (!document.fullscreenElement && isWhole()) whole(false);
});
