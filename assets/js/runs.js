// The Runs screen: open and compare runs, take files away.
import { ask } from './http.js';
import { patch } from './selection.js';

document.addEventListener('click', (event) => {
  const target = event.target.closest('[data-run],[data-run-against],[data-run-file]');
  if (!target) return;
  const data = target.dataset;
  if (data.run !== undefined) patch({ run: data.run });
  else if (data.runAgainst !== undefined) compare(target);
  else { event.preventDefault(); take(target); }
});

function compare(button) { // a second click on the same run stops comparing
  const on = button.getAttribute('aria-pressed') !== 'true';
  patch({ against: on ? button.dataset.runAgainst : '' });
}

async function take(link) { // as a link would, but a refusal is one sentence on this page
  const { say } = window.SecondLook;
  link.setAttribute('aria-busy', 'true');
  say('Making the file …');
  try {
    const answer = await ask(link.href);
    const name = /filename\*=UTF-8''([^;]+)/.exec(answer.headers.get('Content-Disposition') ?? '');
    window.SecondLookTakeAway.give(URL.createObjectURL(await answer.blob()), name ? decodeURIComponent(name[1]) : 'run');
    say('');
  } catch (error) {
    say(error.message);
  } finally {
    link.removeAttribute('aria-busy');
  }
}
