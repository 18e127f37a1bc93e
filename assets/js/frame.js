// What surrounds the screens: the link to what is shown, the theme, the keys, the sidebar on a phone.
import { $, all } from './dom.js';
import { copy } from './toast.js';

document.addEventListener('click', (event) => {
  if (event.target.closest('[data-copy-link]')) copy(location.href);
  if (event.target.closest('[data-theme-switch]')) switchTheme();
});

function switchTheme() {
  const dark = document.body.classList.toggle('dark');
  const url = new URL(location);
  url.searchParams.set('__theme', dark ? 'dark' : 'light');
  history.replaceState(null, '', url);
}

document.addEventListener('keydown', (event) => {
  const target = event.target;
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  if (target.isContentEditable || target.closest('textarea,select,input:not([type="range"])')) {
    if (event.key === 'Escape') target.blur();
  } else if (event.key === '?') $('#sl-keys')?.togglePopover();
});

// On a phone the sidebar is folded, however often it is drawn, but for what was opened by hand.
const opened = new Set();
const nameOf = (side) => side.querySelector('summary').textContent;

function fold() {
  if (innerWidth >= 768) return;
  const sides = all('#sl-side-column .sl-side');
  for (const side of sides) if (side.open && !opened.has(nameOf(side))) side.open = false;
  if (sides.length) document.documentElement.dataset.folded = 'true'; // until then the style hides it
}

document.addEventListener('click', (event) => {
  const side = event.target.closest('.sl-side > summary')?.parentElement;
  if (!side) return;
  if (side.open) opened.delete(nameOf(side)); else opened.add(nameOf(side));
});
new MutationObserver(fold).observe(document.body, { childList: true, subtree: true });
fold();
