/* What the page says in passing, and texts that a button copies. */
(() => {
  'use strict';
  const $ = (selector, root = document) => root.querySelector(selector);

  async function copy(text) {
    let done = true;
    try {
      await navigator.clipboard.writeText(text);
    } catch { // no clipboard on plain http
      const field = document.createElement('textarea');
      field.value = text;
      document.body.append(field);
      field.select();
      done = document.execCommand('copy');
      field.remove();
    }
    say(done ? 'Copied.' : 'The browser does not let this page copy; mark the text and copy it.');
  }

  let sayTimer = 0;
  function say(text) {
    const toast = $('#sl-toast');
    if (!toast) return;
    toast.textContent = text;
    toast.classList.toggle('sl-shown', Boolean(text));
    clearTimeout(sayTimer);
    if (text) sayTimer = setTimeout(() => say(''), 6000);
  }

  Object.assign(window.SecondLook, { say, copy });
})();
