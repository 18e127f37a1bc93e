// The page's address as a text of fields: how it changes, and when a change is a step to go back from.

export const textsOf = (params, names) => names.map((name) => params.get(name) ?? '');

// The fields after some changes; an empty value leaves a field out. Another query clears the fields
// `voids` that are not changed with it: what was chosen for another image.
export function patched(params, changes, voids) {
  const now = new URLSearchParams(params);
  for (const [name, value] of Object.entries(changes)) {
    if (value === null || value === '') now.delete(name); else now.set(name, value);
  }
  const cleared = 'query' in changes ? voids : [];
  for (const name of cleared) if (!(name in changes)) now.delete(name);
  return now;
}

const same = (before, now, names) => names.every((name) => before.get(name) === now.get(name));

// Whether a change leads to another place, which the browser's Back leaves again: another screen, query
// or candidate. A screen's first query is none, and neither is a pair of the queue that is judged.
export function isStep(before, now) {
  if (same(before, now, ['view', 'query', 'candidate'])) return false;
  if (now.get('view') === 'annotate' && same(before, now, ['view', 'queue'])) return false;
  return before.get('view') !== now.get('view') || Boolean(before.get('query'));
}

// How a list is sorted after a click on a column: the other way round where it was sorted by it.
export function sorted(params, column) {
  if (params.get('sort') === column) return { sort: column, order: params.get('order') === 'down' ? 'up' : 'down' };
  return { sort: column, order: column === 'before' || column === 'after' ? 'down' : 'up' };
}
