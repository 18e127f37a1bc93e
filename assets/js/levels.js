// The levels of a perturbation, as texts in plotting order: which one is meant, and the next one.

// The place of the level that is wanted, or of the nearest one; -1 where none is wanted.
export function placeOf(levels, wanted) {
  if (wanted === null || wanted === '' || Number.isNaN(Number(wanted))) return -1;
  const exact = levels.indexOf(wanted);
  if (exact >= 0) return exact;
  const off = levels.map((level) => Math.abs(Number(level) - Number(wanted)));
  return off.indexOf(Math.min(...off));
}

// The place `by` steps on, which stays among the levels.
export const stepped = (levels, place, by) => Math.min(levels.length - 1, Math.max(0, place + by));

// How many steps a key moves, 0 for any other key.
export const stepOf = (key) => ({ ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 })[key] ?? 0;

// The fields that a choice writes, with those that it makes void: `voids` names them by field.
export function written(changes, voids) {
  const cleared = {};
  for (const name of Object.keys(changes).flatMap((field) => voids[field] ?? [])) {
    if (!(name in changes)) cleared[name] = '';
  }
  return { ...changes, ...cleared };
}
