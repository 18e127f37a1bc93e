/* The Perturb view: choosers that write the address, the level looked at, the drawn box, recipes.
   Like everything in app.js this writes only the selection in the address. */
(() => {
  'use strict';
  const $ = (selector, root = document) => root.querySelector(selector);
  const all = (selector, root = document) => [...root.querySelectorAll(selector)];
  const current = () => new URLSearchParams(location.search);
  const { voids } = window.SecondLookFields; // the image is another one, or the levels are

  function set(changes) {
    const more = {};
    for (const other of Object.keys(changes).flatMap((name) => voids[name] ?? [])) {
      if (!(other in changes)) more[other] = '';
    }
    window.SecondLook.patch({ view: 'perturb', ...changes, ...more });
  }

  document.addEventListener('click', (event) => {
    const target = event.target.closest('[data-pt-set],[data-pt-strength],[data-pt-step]');
    if (!target) return;
    const data = target.dataset;
    if (data.ptSet !== undefined) set(Object.fromEntries(new URLSearchParams(data.ptSet)));
    else if (data.ptStrength !== undefined) look(data.ptStrength, true);
    else step(Number(data.ptStep));
  });

  document.addEventListener('change', (event) => {
    const target = event.target;
    if (target.dataset.ptField !== undefined) {
      set({ [target.dataset.ptField]: target.value.replaceAll(' ', '') === '' ? ''
        : target.dataset.ptField === 'box' ? target.value.replaceAll(' ', '') : target.value });
    }
    if (target.dataset.ptImport !== undefined && target.files.length) bring(target);
  });

  function step(by) {
    const select = $('select[data-pt-field="query"]');
    const next = select.selectedIndex + by;
    if (next < 0 || next >= select.options.length) return;
    select.selectedIndex = next;
    set({ query: select.value });
  }

  /* ---- the level looked at --------------------------------------------------------------- */
  let timer = 0;
  let chosen = null; // the level chosen here and not yet in the address
  function look(strength, open) {
    chosen = strength;
    show();
    if (open) { write(true); return; }
    clearTimeout(timer);
    timer = setTimeout(() => write(false), 90);
  }
  function write(open) {
    clearTimeout(timer);
    const strength = chosen;
    chosen = null;
    window.SecondLook.patch(open ? { strength, detail: '1' } : { strength });
  }

  const cards = () => all('[data-pt-strength]');
  function level() { // the level that is marked; the server marks one where the address has none
    const wanted = chosen ?? current().get('strength');
    const found = cards().find((card) => card.dataset.ptStrength === wanted);
    return found ?? nearest(wanted) ?? cards().find((c) => c.getAttribute('aria-checked') === 'true');
  }
  function nearest(wanted) {
    if (wanted === null) return undefined;
    const off = (card) => Math.abs(Number(card.dataset.ptStrength) - Number(wanted));
    return cards().sort((a, b) => off(a) - off(b))[0];
  }

  document.addEventListener('input', (event) => {
    if (event.target.dataset.ptLevel === undefined) return;
    look(event.target.dataset.values.split('|')[Number(event.target.value)], false);
  });

  document.addEventListener('keydown', (event) => {
    const card = event.target.closest?.('[data-pt-strength]');
    const by = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key];
    if (!card || !by || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    const every = cards();
    const next = every[Math.min(every.length - 1, Math.max(0, every.indexOf(card) + by))];
    next.focus();
    look(next.dataset.ptStrength, false);
  });

  let marked = null;
  function show() {
    const card = level();
    if (!card) return;
    for (const other of cards()) {
      const is = String(other === card);
      if (other.getAttribute('aria-checked') !== is) other.setAttribute('aria-checked', is);
      const index = other === card ? 0 : -1;
      if (other.tabIndex !== index) other.tabIndex = index;
    }
    const strip = card.parentElement;
    if (marked !== card.dataset.ptStrength && strip.scrollWidth > strip.clientWidth) {
      strip.scrollLeft = card.offsetLeft - strip.offsetLeft - strip.clientWidth / 2 + 40;
    }
    marked = card.dataset.ptStrength;
    const picture = $('.sl-pt-damaged');
    if (picture && picture.getAttribute('src') !== card.dataset.ptPicture) {
      picture.src = card.dataset.ptPicture;
    }
    const slider = $('[data-pt-level]');
    if (slider) {
      const at = slider.dataset.values.split('|').indexOf(card.dataset.ptStrength);
      const text = slider.dataset.texts.split('|')[at];
      if (document.activeElement !== slider || chosen === null) slider.value = at;
      slider.style.setProperty('--share', `${(100 * at) / (slider.max || 1)}%`);
      slider.setAttribute('aria-valuetext', text);
      const output = $('output', slider.parentElement);
      if (output.textContent !== text) output.textContent = text;
    }
    for (const plot of all('#sl-pt-response .sl-plot, #sl-pt-rank .sl-plot')) mark(plot);
  }

  function mark(plot) { // the point of the level looked at is the large one
    if (!plot.data || !window.Plotly) return;
    plot.data.forEach((trace, index) => {
      if (!trace.customdata) return;
      const sizes = [...trace.customdata].map((strength) => (strength === marked ? 15 : 8));
      if (String(trace.marker.size) !== String(sizes)) {
        Plotly.restyle(plot, { 'marker.size': [sizes] }, [index]);
      }
    });
  }

  document.addEventListener('sl-address', show);
  document.addEventListener('sl-drawn', (event) => {
    if (event.target.closest('#sl-pt-response,#sl-pt-rank')) show();
  });

  /* ---- the drawn box --------------------------------------------------------------------- */
  function drawable(element) {
    let start = null;
    const canvas = () => $('[data-pt-canvas]', element);
    const at = (event) => {
      const frame = canvas().getBoundingClientRect();
      const clamp = (share) => Math.min(1, Math.max(0, share));
      return {
        x: Math.round(clamp((event.clientX - frame.left) / frame.width) * canvas().dataset.width),
        y: Math.round(clamp((event.clientY - frame.top) / frame.height) * canvas().dataset.height),
      };
    };
    const corners = (end) => [Math.min(start.x, end.x), Math.min(start.y, end.y),
      Math.max(start.x, end.x), Math.max(start.y, end.y)];
    element.addEventListener('pointerdown', (event) => {
      if (!event.target.closest('[data-pt-canvas]') || event.button !== 0) return;
      event.preventDefault();
      start = at(event);
      canvas().setPointerCapture(event.pointerId);
      canvas().classList.add('sl-pt-drawing');
    });
    element.addEventListener('pointermove', (event) => {
      if (!start) return;
      const [x0, y0, x1, y1] = corners(at(event));
      const { width, height } = canvas().dataset;
      const draft = $('.sl-pt-draft', element);
      draft.hidden = false;
      draft.style.cssText = `left:${100 * x0 / width}%;top:${100 * y0 / height}%;` +
        `width:${100 * (x1 - x0) / width}%;height:${100 * (y1 - y0) / height}%`;
    });
    element.addEventListener('pointerup', (event) => {
      if (!start) return;
      const [x0, y0, x1, y1] = corners(at(event));
      end();
      if (x1 - x0 > 3 && y1 - y0 > 3) set({ box: `${x0},${y0},${x1},${y1}` });
    });
    element.addEventListener('pointercancel', () => end());
    function end() {
      start = null;
      canvas().classList.remove('sl-pt-drawing');
      $('.sl-pt-draft', element).hidden = true;
    }
  }

  /* ---- recipes --------------------------------------------------------------------------- */
  let wishes = 0;
  function wish(what) {
    const field = $('#sl-pt-wish textarea, #sl-pt-wish input');
    wishes += 1;
    field.value = JSON.stringify({ ...what, number: wishes });
    field.dispatchEvent(new Event('input', { bubbles: true }));
  }
  document.addEventListener('submit', (event) => {
    if (event.target.dataset.ptSave === undefined) return;
    event.preventDefault();
    wish({ name: event.target.elements.name.value });
    event.target.reset();
  });
  async function bring(input) {
    const file = input.files[0];
    input.value = '';
    if (file.size > 1024 * 1024) { window.SecondLook.say('The recipe is larger than 1 MiB.'); return; }
    wish({ text: await file.text() });
  }

  /* ---- what follows the page ------------------------------------------------------------- */
  function watchPage() {
    new MutationObserver((changes) => {
      if (changes.some((c) => c.target.closest?.('#sl-pt-strip,#sl-pt-controls,#sl-pt-picture'))) {
        requestAnimationFrame(show);
      }
      if (changes.some((c) => c.target.closest?.('#sl-pt-point'))) reveal();
    }).observe(document.body, { childList: true, subtree: true });
  }
  let revealed = false;
  function reveal() { // the level looked at comes into view when it is opened, not when it changes
    const point = $('#sl-pt-point .sl-pt-point');
    if (point && !revealed) point.scrollIntoView({ block: 'start' });
    revealed = Boolean(point);
  }
  if (document.body) watchPage(); else addEventListener('DOMContentLoaded', watchPage);

  window.SecondLookPerturb = { drawable };
})();
