// Long work of the bench: started, stopped and resumed from here, followed while it goes on.
import { $ } from './dom.js';
import { send } from './http.js';
import { current, signal } from './selection.js';
import { say } from './toast.js';

const LOOK_MS = 4000; // how often a page at rest asks whether work goes on elsewhere
const tab = sessionStorage.getItem('sl-tab') ?? crypto.getRandomValues(new Uint32Array(3)).join('-');
sessionStorage.setItem('sl-tab', tab);
export const headers = { 'X-Tab': tab };

const started = new Map(); // of work that starts by itself: the selection it was started for

// Ask for work; `texts` are what the screen's fields hold. Returns the job's key, null if refused.
export async function start(address, texts = {}) {
  try {
    const at = address.startsWith('jobs/') ? address : `job/${address}?${current()}`;
    const answer = await send(at, address.startsWith('jobs/') ? {} : { texts }, headers);
    follow();
    return (await answer.json()).key ?? null;
  } catch (error) {
    say(error.message);
    return null;
  }
}

let n = 0;
export function follow() { // Gradio streams the bar and the signals until the bench rests
  const field = $('#sl-watch textarea, #sl-watch input');
  if (!field) { setTimeout(follow, 50); return; }
  n += 1;
  field.value = `${tab}|${n}`;
  field.dispatchEvent(new Event('input', { bubbles: true }));
}

function signals(text) { // what `follow` brings: of each kind of work, how far it is
  if (!text) return;
  for (const [name, mark] of Object.entries(JSON.parse(text))) signal(name, mark);
}

document.addEventListener('click', async (event) => {
  const button = event.target.closest('[data-job-start],[data-job-stop],[data-job-resume],[data-job-drop]');
  if (!button) return;
  button.disabled = true;
  const { jobStart, jobStop, jobResume, jobDrop } = button.dataset;
  if (jobStart !== undefined) await start(jobStart, textsOf(button));
  else {
    const named = [['stop', jobStop], ['resume', jobResume], ['drop', jobDrop]];
    const [name, key] = named.find(([, one]) => one !== undefined);
    try {
      await send(`jobs/${name}`, { key }, headers);
      follow();
    } catch (error) {
      say(error.message);
    }
  }
  button.disabled = false;
});

// A form that asks for work when it is sent: `data-job-submit="SCREEN/NAME"`.
document.addEventListener('submit', (event) => {
  const { jobSubmit } = event.target.dataset;
  if (jobSubmit === undefined) return;
  event.preventDefault();
  start(jobSubmit, textsOf(event.target));
});

// The texts of the fields of the form that a button stands in.
export function textsOf(button) {
  const form = button.closest('form,[data-fields]');
  const fields = form ? [...form.querySelectorAll('input[name],select[name],textarea[name]')] : [];
  const given = fields.filter((field) => field.type !== 'checkbox' || field.checked);
  return Object.fromEntries(given.map((field) => [field.name, field.value]));
}

// A part that needs work says so, `data-starts="SCREEN/NAME" data-for="KEY"`: asked for once a key.
document.addEventListener('sl-drawn', (event) => {
  for (const place of event.target.querySelectorAll?.('[data-starts]') ?? []) {
    const { starts, for: key } = place.dataset;
    if (started.get(starts) === key) continue;
    started.set(starts, key);
    start(starts);
  }
});

async function look() { // work may have been started in another window
  if (document.hidden) return;
  try {
    const answer = await fetch('jobs', { headers });
    if (answer.ok && (await answer.json()).is_active && !following()) follow();
  } catch { /* the next request of a person says that the server is silent */ }
}

let heard = 0; // when the stream was heard last
const following = () => performance.now() - heard < LOOK_MS;

export function listen() {
  document.addEventListener('sl-signals', ({ detail }) => { heard = performance.now(); signals(detail); });
  setInterval(look, LOOK_MS);
  follow();
}
