/* Beside the pairs of the Annotate view: agreement and relabelling, import, and the own selection.
   What people wrote is put in as text; the panels' HTML was escaped by the server. */
(() => {
  'use strict';
  const $ = (selector, root = document) => root.querySelector(selector);
  const LIMIT = 16 * 1024 * 1024;
  const current = () => new URLSearchParams(location.search);
  const walk = () => window.SecondLookAnnotate;
  const say = (text) => window.SecondLook.say(text);

  let timer = 0;
  function refresh(delay = 1200) { // once the answers are saved and the keys rest
    clearTimeout(timer);
    timer = setTimeout(async () => {
      if (!walk().inFront() || !walk().isIdle()) return;
      const of = $('[data-an-policy]')?.value ?? '';
      const found = await walk().get('panels',
        { address: location.search.slice(1), author: walk().author(), of });
      if (found.failed) return;
      const html = found.error ? [found.message, found.message] : [found.agreement, found.labels];
      ['#sl-an-agreement', '#sl-an-labels'].forEach((panel, index) => {
        if (!$(panel).contains(document.activeElement)) $(panel).innerHTML = html[index];
      });
    }, delay);
  }

  async function post(address, body, type) { // [answered well, fields], fields null = no answer
    try {
      const answer = await fetch(address, { method: 'POST', headers: { 'Content-Type': type }, body });
      return [answer.ok, await answer.json()];
    } catch {
      return [false, null];
    }
  }

  async function bring(input) {
    const file = input.files[0];
    input.value = '';
    const told = $('[data-an-imported]');
    if (!walk().named()) return;
    if (file.size > LIMIT) { told.textContent = 'The file is larger than 16 MiB.'; return; }
    told.textContent = 'Reading the file …';
    const query = new URLSearchParams({
      author: walk().author(), action: `import ${Date.now().toString(36)}`,
    });
    const [done, found] = await post(`annotations/import?${query}`, file, 'text/plain');
    if (done) {
      told.textContent = `${found.added} added, ${found.same} here already, ${found.kept} kept as `
        + 'they are here.';
      walk().reload();
      refresh(0);
    } else {
      told.textContent = found ? [found.error, ...(found.faults ?? [])].join('\n')
        : 'The server does not answer; it may have imported nothing. Import the file again.';
    }
  }

  async function select(pairs, text) {
    if (!walk().named()) return;
    const action = `${Date.now().toString(16).padStart(12, '0')}-0`;
    const body = JSON.stringify({ kind: 'select', action, author: walk().author(), pairs });
    const [done, found] = await post('annotations/actions', body, 'application/json');
    if (done) say(text(found.size));
    else say(found?.error ?? 'The server does not answer; your selection is as it was.');
  }

  function selectCard() {
    const card = $('[data-strip] .sl-picked[data-card]') ?? $('[data-card]:focus');
    const query = current().get('query');
    if (!card || !query) { say('Choose a card first, then press A.'); return; }
    select([[query, card.dataset.card]], (n) => `Added to your selection (${n} in it).`);
  }

  document.addEventListener('click', async (event) => {
    if (!event.target.closest('[data-an-clear]')) return;
    await select([], () => 'Your selection is empty; verdicts are kept.');
    walk().reload();
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

  window.SecondLookPanels = { refresh };
})();
