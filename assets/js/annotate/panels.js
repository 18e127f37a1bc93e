// Beside the pairs of the Annotate screen: agreement and relabelling, import, and the own selection.
// What people wrote is put in as text; the panels' HTML was escaped by the server.
import { $ } from '../dom.js';
import { ask, send } from '../http.js';
import { current } from '../selection.js';
import { say } from '../toast.js';
import * as desk from './desk.js';
import * as walk from './walk.js';

const LIMIT = 16 * 1024 * 1024;
const OPEN = 'second-look-panels';

let timer = 0;
function refresh(delay = 1200) { // once the answers are saved and the keys rest
  clearTimeout(timer);
  timer = setTimeout(async () => {
    if (!walk.inFront() || !walk.isIdle() || !desk.seesPanels()) return;
    const of = $('[data-an-policy]')?.value ?? '';
    const found = await walk.get('panels', { address: current().toString(), author: walk.who(), of });
    if (found.failed) return;
    const html = found.error ? [found.message, found.message] : [found.agreement, found.labels];
    ['#sl-an-agreement', '#sl-an-labels'].forEach((panel, index) => {
      if (!$(panel).contains(document.activeElement)) $(panel).innerHTML = html[index];
    });
  }, delay);
}

async function bring(input) {
  const file = input.files[0];
  input.value = '';
  const told = $('[data-an-imported]');
  if (!walk.named()) return;
  if (file.size > LIMIT) { told.textContent = 'The file is larger than 16 MiB.'; return; }
  told.textContent = 'Reading the file …';
  const query = new URLSearchParams({
    author: walk.who(), action: `import ${Date.now().toString(36)}`,
  });
  try {
    const headers = { 'Content-Type': 'text/plain' };
    const answer = await fetch(`annotations/import?${query}`, { method: 'POST', headers, body: file });
    const found = await answer.json();
    told.textContent = answer.ok
      ? `${found.added} added, ${found.same} here already, ${found.kept} kept as they are here.`
      : [found.error, ...(found.faults ?? [])].join('\n');
    if (!answer.ok) return;
    walk.reload();
    refresh(0);
  } catch {
    told.textContent = 'The server does not answer; it may have imported nothing. Import the file again.';
  }
}

async function select(pairs, text) {
  if (!walk.named()) return;
  const action = `${Date.now().toString(16).padStart(12, '0')}-0`;
  try {
    const answer = await send('annotations/actions', { kind: 'select', action, author: walk.who(), pairs });
    say(text((await answer.json()).size));
  } catch (error) {
    say(`${error.message} Your selection is as it was.`);
  }
}

function selectCard() {
  const card = $('[data-strip] .sl-picked[data-card]') ?? $('[data-card]:focus');
  const query = current().get('query');
  if (!card || !query) { say('Choose a card first, then press A.'); return; }
  select([[query, card.dataset.card]], (n) => `Added to your selection (${n} in it).`);
}

function fold(isOpen) {
  desk.fold(isOpen);
  try { localStorage.setItem(OPEN, isOpen ? '1' : ''); } catch { /* private */ }
  if (isOpen) refresh(0);
}

document.addEventListener('click', async (event) => {
  const button = event.target.closest('[data-an-clear],[data-an-fold]');
  if (!button) return;
  if (button.dataset.anFold !== undefined) { fold(button.getAttribute('aria-expanded') !== 'true'); return; }
  await select([], () => 'Your selection is empty; verdicts are kept.');
  walk.reload();
});

document.addEventListener('change', (event) => {
  const target = event.target;
  if (target.dataset.anPolicy !== undefined) { target.blur(); refresh(0); }
  else if (target.dataset.anImport !== undefined && target.files.length) bring(target);
});

document.addEventListener('keydown', (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  const target = event.target;
  if (target.matches('.sl-an-import') && (event.key === 'Enter' || event.key === ' ')) {
    event.preventDefault();
    $('[data-an-import]').click();
  }
  if (target.isContentEditable || target.closest('textarea,select,input:not([type="range"])')) return;
  if (current().get('view') === 'queries' && event.key.toLowerCase() === 'a') selectCard();
});

document.addEventListener('sl-judged', (event) => refresh(event.detail ?? undefined));
document.addEventListener('sl-drawn', (event) => {
  if (!event.target.matches('[data-screen="annotate"]')) return;
  let isOpen = false;
  try { isOpen = localStorage.getItem(OPEN) === '1'; } catch { /* private */ }
  if (isOpen) fold(true); else refresh(0);
});
