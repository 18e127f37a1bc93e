// What is on screen becomes a run; a run that holds it is opened.
import { send } from './http.js';
import { current, patch, signal } from './selection.js';
import { say } from './toast.js';

document.addEventListener('click', (event) => {
  const target = event.target.closest('[data-keep-run],[data-open-run]');
  if (!target) return;
  if (target.dataset.openRun !== undefined) patch({ view: 'runs', run: target.dataset.openRun, against: '' });
  else keep(target);
});

async function keep(button) {
  button.disabled = true;
  try {
    const { run } = await (await send(`runs/keep?${current()}`)).json();
    signal('runs', run);
    if (current().get('view') === 'runs') patch({ run, against: '' });
    say('Kept as a run.');
  } catch (error) {
    say(error.message);
  } finally {
    button.disabled = false;
  }
}
