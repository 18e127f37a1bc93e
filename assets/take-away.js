/* What leaves the page: plots as pictures, the screen as code, files. */
(() => {
  'use strict';
  const say = (text) => window.SecondLook.say(text);

  document.addEventListener('click', (event) => {
    const button = event.target.closest('[data-save-plot]');
    if (button) save(button.parentElement.querySelector('.sl-plot'));
  });

  async function save(plot) { // the page's own drawing, on the page's own background
    if (!plot?.data) return say('There is no plot to save yet.');
    const back = getComputedStyle(document.body).getPropertyValue('--sl-surface').trim();
    const picture = await Plotly.toImage(
      { data: plot.data, layout: { ...plot.layout, paper_bgcolor: back, plot_bgcolor: back } },
      { format: 'png', width: plot.clientWidth, height: plot.clientHeight, scale: 2 });
    give(picture, `${plot.closest('[id^="sl-"]').id}.png`);
    return undefined;
  }

  function give(address, name) {
    const link = document.createElement('a');
    link.href = address;
    link.download = name;
    link.click();
    if (address.startsWith('blob:')) setTimeout(() => URL.revokeObjectURL(address), 30_000);
  }

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

  window.SecondLookTakeAway = { give };
})();
