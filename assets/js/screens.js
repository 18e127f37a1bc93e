// The screens' tabs: which one is in front, and moving between them by click and arrow keys.
import { $, all } from './dom.js';
import { current, open } from './selection.js';

export function mark(view = current().get('view')) {
  if (!view) return;
  document.documentElement.dataset.view = view; // the style shows the view of that name
  for (const tab of all('[role="tab"][data-tab]')) {
    const isOpen = tab.dataset.tab === view;
    tab.setAttribute('aria-selected', isOpen);
    tab.tabIndex = isOpen ? 0 : -1;
    if (isOpen && tab.offsetParent) tab.parentElement.scrollLeft = tab.offsetLeft - 60;
  }
  for (const panel of all('.sl-view')) {
    panel.setAttribute('role', 'tabpanel');
    panel.setAttribute('aria-labelledby', panel.id.replace('sl-view-', 'sl-tab-'));
  }
}

document.addEventListener('click', (event) => {
  const tab = event.target.closest('[data-tab]');
  if (tab) open(tab.dataset.tab);
});

const MOVES = { ArrowRight: 1, ArrowLeft: -1, Home: -Infinity, End: Infinity };
document.addEventListener('keydown', (event) => {
  const tab = event.target.closest?.('[role="tab"]');
  if (!tab || !(event.key in MOVES)) return;
  event.preventDefault();
  const tabs = all('[role="tab"]');
  const at = tabs.indexOf(tab) + MOVES[event.key];
  const next = tabs[Math.min(tabs.length - 1, Math.max(0, at))];
  next.focus();
  next.click();
});

document.addEventListener('sl-address', () => mark());

// Tabs and places of the screens are built by Gradio: marked as soon as they are there.
export function markSoon() {
  if ($('[role="tab"]') && $('.sl-view')) mark(current().get('view') ?? 'overview');
  else setTimeout(markSoon, 20);
}
