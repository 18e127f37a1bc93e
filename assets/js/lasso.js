// What was drawn around on a plot: Plotly's event of a lasso or a box as corners, in data units.

export function corners({ lassoPoints: line, range }) { // [[x, y], ...]; empty where nothing was
  if (line) return line.x.map((x, place) => [x, line.y[place]]);
  if (!range) return [];
  const { x, y } = range;
  return [[x[0], y[0]], [x[1], y[0]], [x[1], y[1]], [x[0], y[1]]];
}

// Where a card of a size stands beside the pointer at (x, y), wholly inside a window.
export function beside({ x, y }, { width, height }, window) {
  const left = x + 16 + width > window.width ? x - 16 - width : x + 16;
  const top = Math.min(window.height - height - 4, y - height / 2);
  return { left: Math.max(4, left), top: Math.max(4, top) };
}
