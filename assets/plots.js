/* Plotly figures: drawn in the page's colours, drawn again in another theme; a click opens. */
(() => {
  'use strict';
  const $ = (selector, root = document) => root.querySelector(selector);
  const { patch } = window.SecondLook;
  const plots = new Set();
  const colour = (name) => getComputedStyle(document.body).getPropertyValue(name).trim();

  function themed(layout) {
    const text = colour('--body-text-color');
    const grid = colour('--sl-line');
    layout.font = { ...layout.font, color: colour('--sl-quiet') };
    layout.hoverlabel = { ...layout.hoverlabel, bgcolor: colour('--sl-surface'), bordercolor: grid };
    layout.hoverlabel.font = { ...layout.hoverlabel.font, color: text };
    for (const [name, axis] of Object.entries(layout)) {
      if (/^[xy]axis/.test(name)) Object.assign(axis, { gridcolor: grid, linecolor: grid });
    }
    return layout;
  }

  function clear(node) { // what is no longer asked for must not look measured
    if (!node.listens) return;
    Plotly.purge(node);
    node.classList.remove('js-plotly-plot');
    node.listens = false;
  }

  function plot(element, props, watch) {
    const node = $('.sl-plot', element);
    const draw = () => {
      if (!props.value) { clear(node); return; }
      if (!window.Plotly) { window.SecondLook.plotly().then(draw); return; }
      const figure = JSON.parse(props.value);
      const options = { responsive: true, displaylogo: false, displayModeBar: false };
      Plotly.react(node, figure.data, themed(figure.layout), options).then(() => {
        node.dispatchEvent(new CustomEvent('sl-drawn', { bubbles: true }));
        if (node.listens) return;
        node.listens = true;
        node.on('plotly_click', (event) => {
          const id = event.points[0]?.customdata;
          if (!id || node.dataset.opens === 'nothing') return;
          if (node.dataset.opens === 'query') patch({ view: 'queries', query: id });
          else if (node.dataset.opens === 'level') patch({ strength: id, detail: '1' });
          else window.SecondLook.pick(id);
        });
      });
    };
    plots.add({ element, draw });
    let due = false;
    const idle = window.requestIdleCallback ?? ((work) => setTimeout(work, 50));
    watch('value', () => { // after everything else is shown, its pictures too
      if (due) return;
      due = true;
      idle(() => { due = false; draw(); }, { timeout: 250 });
    });
    draw();
    new ResizeObserver(() => {
      if (element.offsetParent !== null && node.listens) Plotly.Plots.resize(node);
    }).observe(element);
  }

  let wasDark = null;
  function watchTheme() {
    new MutationObserver(() => {
      const dark = document.body.classList.contains('dark');
      if (dark === wasDark) return;
      wasDark = dark;
      for (const one of plots) if (one.element.isConnected) one.draw(); else plots.delete(one);
    }).observe(document.body, { attributes: true, attributeFilter: ['class'] });
  }
  if (document.body) watchTheme(); else addEventListener('DOMContentLoaded', watchTheme);

  Object.assign(window.SecondLook, { plot });
})();
