// Buttons that lead somewhere: to a pair, a query, a queue, or the query list under one filter.
import { sorted } from './address.js';
import { groups } from './fields.js';
import { current, patch } from './selection.js';

document.addEventListener('click', (event) => {
  const target = event.target.closest(
    '[data-queue],[data-open-pair],[data-query],[data-sort],[data-class],[data-slice],[data-bounds],[data-first]');
  if (!target) return;
  const data = target.dataset;
  if (data.queue !== undefined) judge(data);
  else if (data.openPair !== undefined) {
    patch({ view: 'pair', query: data.openPair, candidate: data.candidate });
  }
  else if (data.query !== undefined) patch({ view: 'queries', query: data.query });
  else if (data.sort !== undefined) patch(sorted(current(), data.sort));
  else if (data.class !== undefined) narrowTo({ class: data.class });
  else if (data.slice !== undefined) narrowTo({ slice: data.slice });
  else if (data.first) patch({ first: data.first });
  else patch({ bounds: data.bounds });
});

function narrowTo(filter) { // the query list under one filter alone
  const none = Object.fromEntries(groups.filter.map((name) => [name, '']));
  patch({ view: 'queries', ...none, query: '', ...filter });
}

function judge({ queue, query = '', candidate = '' }) { // at a pair of it where one is named
  patch({ view: 'annotate', queue, query, candidate });
}
