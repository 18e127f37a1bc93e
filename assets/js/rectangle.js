// Rectangles drawn on a picture, in whole pixels of the picture: [x0, y0, x1, y1], half-open.

export const LEAST_PX = 4; // a smaller one is a click that slipped

// Where a pointer is on a picture of `size` { width, height } pixels, shown in `frame` (a DOMRect);
// a pointer beside the picture is at its edge.
export function pointAt({ clientX, clientY }, frame, size) {
  const share = (value, start, length) => Math.min(1, Math.max(0, (value - start) / length));
  return [
    Math.round(share(clientX, frame.left, frame.width) * size.width),
    Math.round(share(clientY, frame.top, frame.height) * size.height),
  ];
}

// The rectangle with two opposite corners, whichever was set first.
export function between([ax, ay], [bx, by]) {
  return [Math.min(ax, bx), Math.min(ay, by), Math.max(ax, bx), Math.max(ay, by)];
}

export const isDrawn = ([x0, y0, x1, y1]) => x1 - x0 >= LEAST_PX && y1 - y0 >= LEAST_PX;

// Where a rectangle lies over its picture, as CSS.
export function styleOf([x0, y0, x1, y1], { width, height }) {
  const share = (value, length) => `${(100 * value) / length}%`;
  return `left:${share(x0, width)};top:${share(y0, height)};`
    + `width:${share(x1 - x0, width)};height:${share(y1 - y0, height)}`;
}

// The rectangle that a text names, `24,18,72,36`; null where it names none.
export function parsed(text) {
  const parts = text.split(',').map((part) => part.trim());
  return parts.length === 4 && parts.every((part) => /^\d+$/.test(part)) ? parts.map(Number) : null;
}
