// Sliders and choosers: they write the selection, and show it.
import { $, all } from './dom.js';
import { current, patch } from './selection.js';

/* ---- as the selection has them --------------------------------------------------------- */
function show(params = current()) {
  for (const slider of all('[data-slider]')) {
    const value = params.get(slider.dataset.slider);
    if (value !== null && document.activeElement !== slider) slider.value = value;
    showSlider(slider);
  }
  const gamma = $('[data-slider="gamma"]');
  if (gamma) {
    const idle = Number(params.get('lam') ?? 0) === 0;
    gamma.closest('.sl-slider').classList.toggle('sl-idle', idle);
    gamma.title = idle ? 'No effect while λ = 0: the second stage’s score alone orders' : '';
  }
  const text = $('[data-text]');
  if (text && document.activeElement !== text) text.value = params.get('text') ?? '';
  const filter = $('[data-class-filter]');
  if (filter) filter.value = params.get('class') ?? '';
  for (const choice of all('[data-choice]')) {
    choice.value = params.get(choice.dataset.choice) ?? choice.dataset.unchosen ?? '';
  }
}

function showSlider(slider) {
  const output = $(`[data-output="${slider.dataset.slider}"]`);
  if (output && output.textContent !== slider.value) output.textContent = slider.value;
  const share = (slider.value - slider.min) / (slider.max - slider.min || 1);
  slider.style.setProperty('--share', `${100 * share}%`);
}

/* ---- moved and chosen ------------------------------------------------------------------ */
const SLIDER_MS = 90;
const TEXT_MS = 180;
let waiting = null;
let timer = 0;
function soon(changes, delay, atOnce) { // at most every `delay` ms, the last value always
  waiting = { ...waiting, ...changes };
  if (timer) return;
  if (atOnce) flush();
  timer = setTimeout(() => { timer = 0; flush(); }, delay);
}
function flush() {
  const every = waiting;
  waiting = null;
  if (every) patch(every);
}

document.addEventListener('input', ({ target }) => {
  if (target.matches('[data-slider]')) {
    showSlider(target);
    soon({ [target.dataset.slider]: target.value }, SLIDER_MS, true);
  } else if (target.matches('[data-text]')) {
    soon({ text: target.value }, TEXT_MS, false);
  }
});

document.addEventListener('change', ({ target }) => {
  if (target.matches('[data-choice]')) patch({ [target.dataset.choice]: target.value });
  if (target.matches('[data-budget]')) patch({ budget: target.value });
  if (target.matches('[data-class-filter]')) patch({ class: target.value });
});

for (const name of ['sl-address', 'sl-drawn']) document.addEventListener(name, () => show());
new MutationObserver((changes) => { // Gradio builds the sidebar when it is ready
  if (changes.some(({ target }) => target.closest?.('#sl-sidebar'))) requestAnimationFrame(() => show());
}).observe(document.body, { childList: true, subtree: true });
