/* A dropped, pasted or chosen image becomes a query. */
(() => {
  'use strict';
  const $ = (selector, root = document) => root.querySelector(selector);
  const { patch, current, say } = window.SecondLook;
  const IMAGE_LIMIT = 32 * 1024 * 1024;

  // A browser calls every picture of the clipboard the same; a copied file keeps its name.
  const PASTED = 'image.png';

  async function search(file, name = file?.name) {
    if (!file || !file.type.startsWith('image/')) return say('That is not an image.');
    if (file.size > IMAGE_LIMIT) return say('The image is larger than 32 MB.');
    const zone = $('#sl-drop');
    zone?.classList.add('sl-busy');
    say('Reading the image …');
    try {
      const answer = await fetch('uploads', {
        method: 'POST', body: file,
        headers: { 'X-File-Name': encodeURIComponent(name || 'pasted image') },
      });
      const body = await answer.json();
      if (!answer.ok) return say(body.error || 'The image was not taken.');
      say('');
      const view = ['perturb', 'pair'].find((v) => v === current().get('view')) ?? 'queries';
      window.SecondLook.signals(JSON.stringify({ uploads: body.query_id }));
      patch({ view, query: body.query_id, class: '', text: '' });
    } catch {
      say('The server does not answer; is it still running?');
    } finally {
      zone?.classList.remove('sl-busy');
    }
    return undefined;
  }

  document.addEventListener('paste', (event) => {
    const file = [...(event.clipboardData?.files ?? [])].find((f) => f.type.startsWith('image/'));
    if (file) { event.preventDefault(); search(file, file.name === PASTED ? '' : file.name); }
  });
  for (const name of ['dragover', 'drop', 'dragleave']) {
    document.addEventListener(name, (event) => {
      if (!event.dataTransfer || ![...event.dataTransfer.types].includes('Files')) return;
      event.preventDefault();
      $('#sl-drop')?.classList.toggle('sl-over', name === 'dragover');
      if (name === 'drop') search(event.dataTransfer.files[0]);
    });
  }
  document.addEventListener('change', (event) => {
    if (event.target.id === 'sl-file' && event.target.files.length) {
      search(event.target.files[0]);
      event.target.value = '';
    }
  });
})();
