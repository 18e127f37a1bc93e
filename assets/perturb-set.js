/* The Perturb view's choosers of a set and of further scorers; they write only the address. */
(() => {
  'use strict';
  const patch = (changes) => window.SecondLook.patch({ view: 'perturb', ...changes });

  document.addEventListener('change', (event) => {
    const { target } = event;
    if (target.dataset.ptsCount !== undefined) {
      const count = Math.max(1, Math.round(Number(target.value)) || 1);
      patch({ set: `${target.dataset.ptsOf}:${count}` });
    }
    if (target.dataset.ptsWithin !== undefined) patch({ within: target.value });
    if (target.dataset.ptsScorer !== undefined && target.value.trim()) {
      const known = new URLSearchParams(location.search).get('scorers');
      patch({ scorers: [known, target.value.trim()].filter(Boolean).join(';') });
    }
  });
})();
