/* Clicks, fields and keys of the Annotate view; what they do is in annotate.js. */
(() => {
  'use strict';
  const $ = (selector, root = document) => root.querySelector(selector);
  const VERDICTS = ['match', 'no match', 'unsure', 'near duplicate', 'label error'];
  const view = window.SecondLookAnnotate;

  document.addEventListener('click', (event) => {
    const target = event.target.closest('[data-an-verdict],[data-an-move],[data-an-choose],'
      + '[data-an-reload],[data-an-retry],[data-an-image]');
    if (!target || !view.isReady()) return;
    const data = target.dataset;
    if (data.anVerdict !== undefined) view.judge(data.anVerdict);
    else if (data.anMove !== undefined) view.move(data.anMove);
    else if (data.anChoose !== undefined) view.choose(data.anChoose);
    else if (data.anReload !== undefined) view.reload();
    else if (data.anRetry !== undefined) view.retry();
    else view.open({ query: data.anQuery, image: data.anImage });
  });

  document.addEventListener('change', (event) => {
    const target = event.target;
    const data = target.dataset;
    if (data.anQueue !== undefined) view.choose(target.value);
    else if (data.anTags !== undefined || data.anNote !== undefined) view.spoken(target);
    else if (data.anAuthor !== undefined) view.rename(target.value);
  });

  document.addEventListener('keydown', (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || !view.isReady()) return;
    const target = event.target;
    if (target.matches('[data-an-tags],[data-an-author]') && event.key === 'Enter') target.blur();
    if (target.matches('[data-an-note]') && event.key === 'Enter' && !event.shiftKey) {
      event.preventDefault();
      target.blur();
    }
    if (target.isContentEditable || target.closest('textarea,select,input:not([type="range"])')) return;
    const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
    if (!view.inFront() || !view.hasPair() || $(':popover-open')) return;
    const moves = { j: 'next', k: 'back', u: event.shiftKey ? 'redo' : 'undo', r: 'redo', l: 'blind' };
    if (/^[1-5]$/.test(key) || key in moves) event.preventDefault(); // the name's field may take the focus
    if (/^[1-5]$/.test(key)) { if (!event.repeat) view.judge(VERDICTS[Number(key) - 1]); }
    else if (key in moves) { if (!event.repeat || 'jk'.includes(key)) view.move(moves[key]); }
    else if (key === 't' || key === 'n') {
      event.preventDefault();
      $(key === 't' ? '[data-an-tags]' : '[data-an-note]').focus();
    }
  });
})();
