/* What the Annotate view shows, painted from what it is handed: the pair, its fields, how far the
   queue is, what is saved. No answer is kept here and nothing is asked of the server. */
(() => {
  'use strict';
  const $ = (selector, root = document) => root.querySelector(selector);
  const all = (selector, root = document) => [...root.querySelectorAll(selector)];
  const keyOf = (pair) => `${pair.query}\n${pair.image}`;

  /* ---- the pair and its fields ----------------------------------------------------------- */
  function stage(html) { $('#sl-an-stage').innerHTML = html; }

  function enable(on) { // whether there is a pair to answer
    for (const node of all('[data-an-verdict],[data-an-move],[data-an-tags],[data-an-note]')) {
      node.disabled = !on;
    }
    if (!on) for (const node of all('[data-an-tags],[data-an-note]')) node.value = '';
  }

  function words(one) {
    for (const button of all('[data-an-verdict]')) {
      button.setAttribute('aria-pressed', String(button.dataset.anVerdict === one.verdict));
    }
    for (const [field, text] of [['tags', one.tags.join(', ')], ['note', one.note]]) {
      const node = $(`[data-an-${field}]`);
      if (document.activeElement !== node || node.pair !== keyOf(one)) node.value = text;
      node.pair = keyOf(one);
    }
  }

  function progress(queue) {
    const bar = $('.sl-an-progress [role="progressbar"]');
    const { judged = 0, total = 0, at = 0 } = queue ?? {};
    bar.setAttribute('aria-valuemax', total);
    bar.setAttribute('aria-valuenow', judged);
    bar.firstElementChild.style.width = `${total ? (100 * judged) / total : 0}%`;
    const done = total && judged === total ? ' · all judged' : '';
    $('[data-an-progress]').textContent = total
      ? `pair ${at + 1} of ${total} · ${judged} judged${done}` : '';
  }

  function alertText(text, pair) {
    const node = $('#sl-an-alert');
    node.hidden = !text;
    node.textContent = text;
    if (!pair) return;
    const link = document.createElement('button');
    link.type = 'button';
    link.className = 'sl-link';
    link.textContent = 'Show the pair';
    Object.assign(link.dataset, { anQuery: pair.query, anImage: pair.image });
    node.append(' ', link);
  }

  /* ---- saved or not ---------------------------------------------------------------------- */
  let savingTimer = 0;
  function saved({ n, problem, acknowledged }) {
    const chip = $('[data-an-saved]');
    clearTimeout(savingTimer);
    const tell = (kind, text) => { chip.dataset.state = kind; chip.textContent = text; };
    $('[data-an-retry]').hidden = !problem;
    if (problem) {
      tell('failed', `✕ not saved: ${n} waiting`);
      alertText(`${problem} ${n === 1 ? 'One answer waits' : `${n} answers wait`} in this window and `
        + 'will be sent again; further answers are not taken until then.');
    } else if (n) {
      savingTimer = setTimeout(() => tell('saving', `… saving ${n}`), 200);
    } else {
      if (chip.dataset.state === 'failed') alertText('');
      tell('saved', `✓ all saved (${acknowledged})`);
    }
  }

  /* ---- who, what is hidden, which queue -------------------------------------------------- */
  function name(text, isLogin) {
    const field = $('[data-an-author]');
    field.readOnly = isLogin;
    if (document.activeElement !== field) field.value = text;
  }

  const isBlind = () => $('[data-an]').classList.contains('sl-an-blinded');
  function blind(is) {
    $('[data-an]').classList.toggle('sl-an-blinded', is);
    $('[data-an-move="blind"]').lastChild.textContent = is ? ' show label' : ' hide label';
  }

  function showChoice() { // the list of queues is made by the server, the choice is the address's
    const select = $('[data-an-queue]');
    const chosen = new URLSearchParams(location.search).get('queue') ?? '';
    if (select && [...select.options].some((option) => option.value === chosen)) select.value = chosen;
  }

  document.addEventListener('sl-address', showChoice);
  function watchPage() {
    new MutationObserver((changes) => {
      if (changes.some((one) => one.target.closest?.('#sl-an-chooser'))) showChoice();
    }).observe(document.body, { childList: true, subtree: true });
  }
  if (document.body) watchPage(); else addEventListener('DOMContentLoaded', watchPage);

  window.SecondLookStage = {
    stage, enable, words, progress, alertText, saved, name, isBlind, blind,
  };
})();
