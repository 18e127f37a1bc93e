/* The Runs view: open and compare runs, take files away, copy commands, save plots. */
(() => {
  'use strict';
  const say = (text) => window.SecondLook.say(text);

  document.addEventListener('click', (event) => {
    const target = event.target.closest(
      '[data-run],[data-run-against],[data-run-file],[data-run-plot]');
    if (!target) return;
    const data = target.dataset;
    if (data.run !== undefined) window.SecondLook.patch({ run: data.run });
    else if (data.runAgainst !== undefined) compare(target);
    else if (data.runPlot !== undefined) save(document.querySelector(`${data.runPlot} .sl-plot`));
    else { event.preventDefault(); take(target); }
  });

  function compare(button) { // a second click on the same run stops comparing
    const on = button.getAttribute('aria-pressed') !== 'true';
    window.SecondLook.patch({ against: on ? button.dataset.runAgainst : '' });
  }

  async function take(link) { // as a link would, but a refusal is one sentence on this page
    link.setAttribute('aria-busy', 'true');
    say('Making the file …');
    try {
      const answer = await fetch(link.href);
      if (!answer.ok) return say((await answer.json()).error || 'The file was not made.');
      const name = /filename\*=UTF-8''([^;]+)/.exec(answer.headers.get('Content-Disposition') ?? '');
      give(URL.createObjectURL(await answer.blob()), name ? decodeURIComponent(name[1]) : 'run');
      say('');
    } catch {
      say('The server does not answer; is it still running?');
    } finally {
      link.removeAttribute('aria-busy');
    }
    return undefined;
  }

  function give(address, name) {
    const link = document.createElement('a');
    link.href = address;
    link.download = name;
    link.click();
    if (address.startsWith('blob:')) setTimeout(() => URL.revokeObjectURL(address), 30_000);
  }

  async function save(plot) { // the page's own drawing, on the page's own background
    if (!plot?.data) return say('There is no plot to save yet.');
    const back = getComputedStyle(document.body).getPropertyValue('--sl-surface').trim();
    const picture = await Plotly.toImage(
      { data: plot.data, layout: { ...plot.layout, paper_bgcolor: back, plot_bgcolor: back } },
      { format: 'png', width: plot.clientWidth, height: plot.clientHeight, scale: 2 });
    give(picture, `${plot.closest('[id]').id}.png`);
    return undefined;
  }
})();
