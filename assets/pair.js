/* The Pair view: maps over the pictures, zoom, crops, the steps to other pairs, and its wishes.
   Like everything in app.js this chooses pairs by writing the selection in the address only. */
(() => {
  'use strict';
  const $ = (selector, root = document) => root.querySelector(selector);
  const all = (selector, root = document) => [...root.querySelectorAll(selector)];
  const current = () => new URLSearchParams(location.search);
  const inFront = () => current().get('view') === 'pair';
  const LARGEST = 16;

  /* ---- which pair ------------------------------------------------------------------------ */
  const pair = () => {
    return Object.fromEntries(new URLSearchParams($('.sl-pair-top')?.dataset.pair ?? ''));
  };
  const go = (changes) => window.SecondLook.patch({ view: 'pair', ...pair(), ...changes });

  document.addEventListener('click', (event) => {
    const target = event.target.closest('[data-pair-go],[data-pair-query],[data-pair-candidate],'
      + '[data-pair-draw],[data-pair-wish],[data-pair-kept]');
    if (!target) return;
    const data = target.dataset;
    if (data.pairGo) go({ candidate: data.pairGo });
    else if (data.pairQuery !== undefined) go({ query: data.pairQuery });
    else if (data.pairCandidate !== undefined) go({ candidate: data.pairCandidate });
    else if (data.pairDraw !== undefined) draw(target);
    else if (data.pairKept !== undefined) keep(data.pairKept);
    else if (target.type !== 'submit') wish(data.pairWish, target);
  });

  document.addEventListener('keydown', (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || !inFront()) return;
    const target = event.target;
    if (target.closest('textarea,select,input:not([type="range"]):not([type="checkbox"])')) return;
    const key = event.key.toLowerCase();
    if (key === 'j' || key === 'k') $(`[data-pair-key="${key}"]`)?.click();
    else if (key === 'e') $('[data-pair-evidence]')?.click();
    else if (target.classList.contains('sl-pair-view')) move(target, event);
  });

  /* ---- maps ------------------------------------------------------------------------------ */
  let kept = ''; // the compression whose kept tokens are laid over
  function overlay() { // copies, so that another picture does not lose the map
    for (const side of all('.sl-pair-side')) {
      const name = side.dataset.side;
      const maps = [$(`#sl-pair-evidence svg[data-map="${name}"]`),
        kept && $(`#sl-pair-compression svg[data-kept="${CSS.escape(kept)}"][data-side="${name}"]`)];
      $('.sl-pair-overlay', side).replaceChildren(
        ...maps.filter(Boolean).map((map) => map.cloneNode(true)));
    }
  }
  function keep(name) {
    kept = kept === name ? '' : name;
    const box = $('[data-pair-evidence]');
    if (kept && box?.checked) box.click(); // one map at a time
    marked();
  }
  function marked() {
    for (const button of all('[data-pair-kept]')) {
      button.setAttribute('aria-pressed', String(button.dataset.pairKept === kept));
    }
    overlay();
  }
  document.addEventListener('change', (event) => {
    const target = event.target;
    if (target.matches('[data-pair-evidence]')) {
      $('#sl-pair').classList.toggle('sl-pair-bare', !target.checked);
      if (target.checked && kept) { kept = ''; marked(); }
    } else if (target.matches('[data-pair-form] [name="preset"]')) {
      const from = target.selectedOptions[0].dataset;
      target.form.elements.question.value = from.question;
      target.form.elements.layout.value = from.layout;
    }
  });
  document.addEventListener('input', (event) => {
    if (!event.target.matches('[data-pair-opacity]')) return;
    $('#sl-pair').style.setProperty('--sl-opacity', event.target.value / 100);
    event.target.style.setProperty('--share', `${event.target.value}%`);
  });

  /* ---- zoom ------------------------------------------------------------------------------ */
  const views = new WeakMap();
  const where = (view) => views.get(view) ?? { zoom: 1, x: 0, y: 0 };
  function place(view, zoom, x, y) { // x and y move the stage's middle, as shares of the view
    const most = (zoom - 1) / 2;
    const clamp = (value) => Math.max(-most, Math.min(most, value));
    const at = { zoom, x: clamp(x), y: clamp(y) };
    views.set(view, at);
    $('.sl-pair-stage', view).style.transform =
      `translate(${100 * at.x}%, ${100 * at.y}%) scale(${zoom})`;
    $('.sl-pair-zoom', view).textContent = zoom === 1 ? '' : `${Math.round(100 * zoom)} %`;
  }
  function zoom(view, factor) {
    const { zoom: now, x, y } = where(view);
    const next = Math.max(1, Math.min(LARGEST, now * factor));
    place(view, next, (x * next) / now, (y * next) / now);
  }
  function move(view, event) {
    const { zoom: now, x, y } = where(view);
    const steps = { ArrowLeft: [0.1, 0], ArrowRight: [-0.1, 0], ArrowUp: [0, 0.1], ArrowDown: [0, -0.1] };
    const step = steps[event.key];
    if (event.key === '+' || event.key === '=') zoom(view, 1.5);
    else if (event.key === '-') zoom(view, 1 / 1.5);
    else if (event.key === '0') place(view, 1, 0, 0);
    else if (step && now > 1) place(view, now, x + step[0], y + step[1]);
    else return;
    event.preventDefault();
  }
  document.addEventListener('wheel', (event) => {
    const view = event.ctrlKey && event.target.closest?.('.sl-pair-view');
    if (!view) return;
    event.preventDefault();
    zoom(view, event.deltaY < 0 ? 1.2 : 1 / 1.2);
  }, { passive: false });

  /* ---- moving a picture, drawing a crop ---------------------------------------------------- */
  let held = null; // { view, x, y, from } while a picture is moved or a crop is drawn
  function draw(button) {
    const on = button.getAttribute('aria-pressed') !== 'true';
    button.setAttribute('aria-pressed', String(on));
    button.closest('.sl-pair-side').classList.toggle('sl-pair-drawing', on);
  }
  function point(stage, event) { // pixels of the picture
    const frame = stage.getBoundingClientRect();
    const clamp = (share) => Math.min(1, Math.max(0, share));
    return [Math.round(clamp((event.clientX - frame.left) / frame.width) * stage.dataset.width),
      Math.round(clamp((event.clientY - frame.top) / frame.height) * stage.dataset.height)];
  }
  document.addEventListener('pointerdown', (event) => {
    const view = event.target.closest?.('.sl-pair-view');
    if (!view || event.button !== 0) return;
    const draws = view.closest('.sl-pair-side').classList.contains('sl-pair-drawing');
    if (!draws && where(view).zoom === 1) return;
    event.preventDefault();
    view.focus();
    view.setPointerCapture(event.pointerId);
    held = { view, x: event.clientX, y: event.clientY, at: where(view),
      from: draws ? point($('.sl-pair-stage', view), event) : null };
  });
  document.addEventListener('pointermove', (event) => {
    if (!held) return;
    const { view, at } = held;
    if (held.from === null) {
      place(view, at.zoom, at.x + (event.clientX - held.x) / view.clientWidth,
        at.y + (event.clientY - held.y) / view.clientHeight);
      return;
    }
    const stage = $('.sl-pair-stage', view);
    const [x0, y0, x1, y1] = corners(stage, event);
    const { width, height } = stage.dataset;
    const draft = $('.sl-pair-draft', stage);
    draft.hidden = false;
    draft.style.cssText = `left:${(100 * x0) / width}%;top:${(100 * y0) / height}%;`
      + `width:${(100 * (x1 - x0)) / width}%;height:${(100 * (y1 - y0)) / height}%`;
    $('input', view.parentElement).value = [x0, y0, x1, y1].join(', ');
  });
  function corners(stage, event) {
    const [x, y] = point(stage, event);
    const [x0, y0] = held.from;
    return [Math.min(x0, x), Math.min(y0, y), Math.max(x0, x), Math.max(y0, y)];
  }
  document.addEventListener('pointerup', (event) => {
    if (!held) return;
    const { view, from } = held;
    const box = from && corners($('.sl-pair-stage', view), event);
    held = null;
    if (box && box[2] - box[0] > 3 && box[3] - box[1] > 3) crop(view.closest('.sl-pair-side'), box);
  });
  document.addEventListener('pointercancel', () => { held = null; });

  async function crop(side, box) {
    const { side: name, image } = side.dataset;
    try {
      const answer = await fetch('crops', { method: 'POST', body: JSON.stringify({ image, box }) });
      const body = await answer.json();
      told(side, answer.ok ? '' : body.error || 'The crop was not taken.');
      if (answer.ok) go({ [name]: body.image });
    } catch {
      told(side, 'The server does not answer; is it still running?');
    }
  }
  function told(side, text) {
    const place = $('.sl-pair-crop-error', side);
    place.textContent = text;
    place.hidden = !text;
  }

  document.addEventListener('submit', (event) => {
    const form = event.target;
    if (form.dataset.pairCrop !== undefined) {
      const numbers = form.elements.box.value.split(',').map((part) => part.trim());
      const side = form.closest('.sl-pair-side');
      if (numbers.length === 4 && numbers.every((part) => /^\d+$/.test(part))) {
        crop(side, numbers.map(Number));
      } else told(side, 'A crop is four whole numbers in pixels: x0, y0, x1, y1.');
    } else if (form.dataset.pairForm !== undefined) wish('pair', form);
    else if (form.dataset.pairCompression !== undefined) wish('compression', form);
    else return;
    event.preventDefault();
  });

  /* ---- wishes ---------------------------------------------------------------------------- */
  let wishes = 0;
  function wish(what, from) {
    const form = from.closest('form');
    const fields = form ? Object.fromEntries(new FormData(form)) : {};
    const field = $('#sl-pair-wish textarea, #sl-pair-wish input');
    wishes += 1;
    field.value = JSON.stringify({ ...fields, do: what, number: String(wishes) });
    field.dispatchEvent(new Event('input', { bubbles: true }));
  }

  /* ---- what follows the page ------------------------------------------------------------- */
  let pictured = '';
  function watchPage() {
    new MutationObserver((changes) => {
      const inside = (what) => changes.some((change) => change.target.closest?.(what));
      const now = all('.sl-pair-side').map((side) => side.dataset.image).join('\n');
      if (inside('#sl-pair-pictures') && now !== pictured) { // other images: nothing said stays
        pictured = now;
        for (const view of all('.sl-pair-view')) place(view, 1, 0, 0);
        for (const side of all('.sl-pair-drawing')) side.classList.remove('sl-pair-drawing');
        for (const button of all('[data-pair-draw]')) button.setAttribute('aria-pressed', 'false');
        for (const draft of all('.sl-pair-draft')) draft.hidden = true;
        for (const form of all('[data-pair-crop]')) form.reset();
        for (const error of all('.sl-pair-crop-error')) error.hidden = true;
      }
      const followed = '#sl-pair-evidence,#sl-pair-compression';
      if (inside(`#sl-pair-pictures,${followed}`)) requestAnimationFrame(marked);
    }).observe(document.body, { childList: true, subtree: true });
  }
  if (document.body) watchPage(); else addEventListener('DOMContentLoaded', watchPage);
})();
