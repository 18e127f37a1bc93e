// What the page says in passing, and texts that a button copies.
import { $ } from './dom.js';

const STAYS_MS = 6000;
let timer = 0;

export function say(text) {
  const toast = $('#sl-toast');
  if (!toast) return;
  toast.textContent = text;
  toast.classList.toggle('sl-shown', Boolean(text));
  clearTimeout(timer);
  if (text) timer = setTimeout(() => say(''), STAYS_MS);
}

export async function copy(text) {
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

document.addEventListener('click', (event) => {
  const button = event.target.closest('[data-copy]');
  if (button) copy(button.dataset.copy);
});
