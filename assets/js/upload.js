// A dropped, pasted or chosen image becomes a query.
import { $ } from './dom.js';
import { ask } from './http.js';
import { current, patch, signal } from './selection.js';
import { say } from './toast.js';

const IMAGE_LIMIT = 32 * 1024 * 1024;
const PASTED = 'image.png'; // what a browser calls every picture of the clipboard
const SEARCHING = ['perturb', 'pair']; // screens that show an uploaded query themselves

async function search(file, name = file?.name) {
  if (!file || !file.type.startsWith('image/')) { say('That is not an image.'); return; }
  if (file.size > IMAGE_LIMIT) { say('The image is larger than 32 MB.'); return; }
  const zone = $('#sl-drop');
  zone?.classList.add('sl-busy');
  say('Reading the image …');
  try {
    const headers = { 'X-File-Name': encodeURIComponent(name || 'pasted image') };
    const { query_id: query } = await (await ask('uploads', { method: 'POST', body: file, headers })).json();
    say('');
    const view = SEARCHING.find((one) => one === current().get('view')) ?? 'queries';
    signal('uploads', query);
    patch({ view, query, class: '', text: '' });
  } catch (error) {
    say(error.message);
  } finally {
    zone?.classList.remove('sl-busy');
  }
}

document.addEventListener('paste', (event) => {
  const file = [...(event.clipboardData?.files ?? [])].find((one) => one.type.startsWith('image/'));
  if (!file) return;
  event.preventDefault();
  search(file, file.name === PASTED ? '' : file.name);
});
for (const name of ['dragover', 'drop', 'dragleave']) {
  document.addEventListener(name, (event) => {
    if (!event.dataTransfer || ![...event.dataTransfer.types].includes('Files')) return;
    event.preventDefault();
    $('#sl-drop')?.classList.toggle('sl-over', name === 'dragover');
    if (name === 'drop') search(event.dataTransfer.files[0]);
  });
}
document.addEventListener('change', ({ target }) => {
  if (target.id !== 'sl-file' || !target.files.length) return;
  search(target.files[0]);
  target.value = '';
});
document.addEventListener('keydown', (event) => {
  if (event.target.id !== 'sl-drop' || !['Enter', ' '].includes(event.key)) return;
  event.preventDefault();
  $('#sl-file').click();
});
