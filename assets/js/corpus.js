// The corpus on the Setup screen: opening another one, labels from folder names, and uploads, which
// can be removed on Queries too.
import { $ } from './dom.js';
import { send } from './http.js';
import { start, textsOf } from './jobs.js';
import { current, patch, signal } from './selection.js';
import { say } from './toast.js';

const LOOK_MS = 250; // between two looks whether the server is back
const MOST_MS = 8000; // a server that was gone for less than a look is taken for back after this

/* ---- another corpus -------------------------------------------------------------------- */
document.addEventListener('submit', async (event) => {
  const chooser = event.target;
  if (!chooser.matches('[data-folder-form]')) return;
  event.preventDefault();
  const place = $('[data-folder-verdict]', chooser);
  place.textContent = 'Looking …';
  try {
    place.innerHTML = await (await send('setting/folder', { folder: chooser.elements.folder.value })).text();
  } catch (error) {
    place.textContent = error.message;
  }
});

document.addEventListener('change', (event) => { // what was said is about another folder
  const chooser = event.target.closest('[data-folder-form]');
  if (chooser) $('[data-folder-verdict]', chooser).textContent = '';
});

// A corpus is read by the bench's work and then opened: the server goes away and comes back with it.
const opening = () => $('[data-reopen="folder"]');
let waiting = false;
document.addEventListener('click', async (event) => {
  const button = event.target.closest('[data-open-corpus]');
  if (!button) return;
  button.disabled = true;
  const key = await start('setup/open', textsOf(button));
  if (key === null) button.disabled = false;
  else button.closest('[data-preview]').innerHTML = $('template', button.closest('[data-preview]')).innerHTML;
  back();
});

document.addEventListener('sl-drawn', ({ target }) => { // also in a window that did not ask
  if ($('[data-opening="ended"]', target)) for (const one of document.querySelectorAll('[data-folder-verdict]')) one.textContent = '';
  back();
});

async function back() {
  if (waiting || !opening()) return;
  waiting = true;
  let gone = false;
  while (opening()) { // not any more where it was stopped or has failed
    await new Promise((resolve) => { setTimeout(resolve, LOOK_MS); });
    try {
      const answer = await fetch('setting', { cache: 'no-store' });
      const own = $('[data-setting]')?.dataset.setting;
      const moved = answer.status === 401 || (answer.ok && own && (await answer.json()).setting !== own);
      if (gone || moved) { location.href = '.'; return; }
    } catch { gone = true; }
  }
  waiting = false;
}

// Ask for what may start the server again; its answer is shown in `place`. Returns whether it was
// done without a new start.
export async function reopen(place, path, body, onBack) {
  try {
    place.innerHTML = await (await send(path, body)).text();
  } catch (error) {
    place.textContent = error.message;
    return false;
  }
  if (!$('[data-reopen]', place)) return !$('[role="alert"]', place);
  await returned();
  onBack();
  return false;
}

async function returned() { // the server goes away for some seconds and comes back
  const started = Date.now();
  let gone = false;
  for (;;) {
    await new Promise((resolve) => { setTimeout(resolve, LOOK_MS); });
    try {
      const page = await fetch('.', { cache: 'no-store' });
      if (page.ok && (gone || Date.now() - started > MOST_MS)) return;
    } catch { gone = true; }
  }
}

/* ---- labels and uploads ---------------------------------------------------------------- */
let n = 0; // of decisions and removals
document.addEventListener('click', (event) => {
  const target = event.target.closest('[data-decide-labels],[data-remove-upload]');
  if (!target) return;
  if (target.dataset.decideLabels !== undefined) decide(target);
  else remove(target);
});

async function decide(button) {
  const place = $('[data-labels-verdict]', button.closest('[data-labels]'));
  const body = { folders: button.dataset.decideLabels };
  n += 1;
  if (await reopen(place, 'corpus/labels', body, () => location.reload())) signal('labels', `${n}`);
}

async function remove(button) {
  const id = button.dataset.removeUpload;
  button.disabled = true;
  try {
    await send(`uploads/${encodeURIComponent(id)}`, undefined, {}, 'DELETE');
    n += 1;
    if (current().get('query') === id) patch({ query: '' });
    signal('uploads', `${id} ${n}`);
  } catch (error) {
    button.disabled = false;
    say(error.message);
  }
}
