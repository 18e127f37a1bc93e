/* Rows of a list keep their place while their content changes: Gradio writes a new address into the
   picture that is there, and the browser shows the old one until the new one has come. Beside the
   new name that would be the wrong picture, so it is hidden as long. */
(() => {
  'use strict';
  const NAMED = '.sl-row img, .sl-moved img, .sl-fl-suspect img';

  function arrived({ target }) {
    if (target.style?.visibility === 'hidden' && target.matches(NAMED)) target.style.visibility = '';
  }

  // Gradio takes off a style that it did not write, so that too is watched.
  new MutationObserver((changes) => {
    for (const { target } of changes) {
      const late = target.matches(NAMED) && !target.complete;
      if (late && target.style.visibility !== 'hidden') target.style.visibility = 'hidden';
    }
  }).observe(document, { attributes: true, attributeFilter: ['src', 'style'], subtree: true });
  for (const event of ['load', 'error']) document.addEventListener(event, arrived, true);
})();
