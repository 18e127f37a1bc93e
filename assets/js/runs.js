// The Runs screen: open and compare runs, take files away.
import { take } from './download.js';
import { patch } from './selection.js';

document.addEventListener('click', (event) => {
  const target = event.target.closest('[data-run],[data-run-against],[data-run-file]');
  if (!target) return;
  const data = target.dataset;
  if (data.run !== undefined) patch({ run: data.run });
  else if (data.runAgainst !== undefined) compare(target);
  else { event.preventDefault(); take(target.href, target, 'run'); }
});

function compare(button) { // a second click on the same run stops comparing
  const on = button.getAttribute('aria-pressed') !== 'true';
  patch({ against: on ? button.dataset.runAgainst : '' });
}
