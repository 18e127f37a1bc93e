/* The Runs view: open and compare runs, take files away. */
(() => {
  'use strict';
  const say = (text) => window.SecondLook.say(text);

  document.addEventListener('click', (event) => {
    const target = event.target.closest(
      '[data-run],[data-run-against],[data-run-file]');
    if (!target) return;
    const data = target.dataset;
    if (data.run !== undefined) window.SecondLook.patch({ run: data.run });
    else if (data.runAgainst !== undefined) compare(target);
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
      window.SecondLookTakeAway.give(URL.createObjectURL(await answer.blob()), name ? decodeURIComponent(name[1]) : 'run');
      say('');
    } catch {
      say('The server does not answer; is it still running?');
    } finally {
      link.removeAttribute('aria-busy');
    }
    return undefined;
  }
})();
