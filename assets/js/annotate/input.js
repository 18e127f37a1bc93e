// Clicks, fields and keys of the Annotate screen: each key is that of a button or a field, which the
// server's table gave it (`data-an-key`). What they do is in walk.js.
import { $ } from '../dom.js';
import { byKey } from '../panzoom.js';
import { isWhole, whole } from './looks.js';
import './panels.js';
import * as walk from './walk.js';

document.addEventListener('click', (event) => {
  const target = event.target.closest('[data-an-verdict],[data-an-move],[data-an-choose],'
    + '[data-an-reload],[data-an-retry],[data-an-image]');
  if (!target || !walk.isReady()) return;
  const data = target.dataset;
  if (data.anVerdict !== undefined || data.anMove !== undefined) press(target);
  else if (data.anChoose !== undefined) walk.choose(data.anChoose);
  else if (data.anReload !== undefined) walk.reload();
  else if (data.anRetry !== undefined) walk.retry();
  else walk.open({ query: data.anQuery, image: data.anImage });
  if (event.detail && target.dataset.anKey) target.blur(); // else the next Space would press it again
});

document.addEventListener('change', (event) => {
  const target = event.target;
  const data = target.dataset;
  if (data.anQueue !== undefined) walk.choose(target.value);
  else if (data.anTags !== undefined || data.anNote !== undefined) walk.spoken(target);
  else if (data.anAuthor !== undefined) walk.rename(target.value);
});

document.addEventListener('submit', (event) => {
  const form = event.target;
  if (form.dataset.anWho === undefined) return;
  event.preventDefault();
  const name = form.elements.author.value;
  form.elements.author.blur();
  if (name.trim()) walk.rename(name); else walk.named();
});

function press({ dataset }) {
  if (dataset.anVerdict !== undefined) walk.judge(dataset.anVerdict); else walk.move(dataset.anMove);
}

const keyOf = ({ key, shiftKey }) => { // as the table names it; Shift and U = redo
  const name = key.length === 1 ? key.toLowerCase() : key;
  return name === 'u' && shiftKey ? 'r' : name;
};

document.addEventListener('keydown', (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || !walk.isReady()) return;
  const target = event.target;
  if (target.matches('[data-an-tags],[data-an-author]') && event.key === 'Enter') target.blur();
  if (target.matches('[data-an-note]') && event.key === 'Enter' && !event.shiftKey) {
    event.preventDefault();
    target.blur();
  }
  if (target.isContentEditable) return;
  if (target.closest('textarea,select,input:not([type="range"]):not([type="checkbox"])')) return;
  if (!walk.inFront() || !walk.hasPair() || $(':popover-open')) return;
  if (event.key === 'Escape' && isWhole()) { whole(false); return; }
  if (event.key === ' ' && target.closest('button,summary,label,a,input')) return; // it presses those
  if (byKey(event, $('#sl-an-stage'))) return;
  const named = $(`[data-an-key="${CSS.escape(keyOf(event))}"]`);
  if (!named) return;
  event.preventDefault(); // a field may take the focus
  if (!named.matches('button')) named.focus();
  else if (!event.repeat || ['next', 'back'].includes(named.dataset.anMove)) press(named);
});
