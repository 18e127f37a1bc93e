/* What leaves the page: the screen as code (figures and files: assets/js/paper.js, download.js). */
(() => {
  'use strict';
  document.addEventListener('toggle', (event) => { // written when it is opened, for what is shown
    if (event.target.id === 'sl-code' && event.newState === 'open') write(event.target);
  }, true);

  async function write(panel) {
    const place = panel.querySelector('[data-code]');
    place.textContent = 'Writing …';
    try {
      place.innerHTML = await (await fetch(`code${location.search}`)).text();
    } catch {
      place.textContent = 'The server does not answer; is it still running?';
    }
  }
})();
