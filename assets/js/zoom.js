// Zoom and pan in numbers. A place is { zoom, x, y }: how many times larger, and by how much the
// picture's middle is moved, as shares of the picture's own width and height at zoom 1. So one place
// means the same part of any two pictures, whatever their sizes.

export const LARGEST = 16;
export const WHOLE = Object.freeze({ zoom: 1, x: 0, y: 0 });

const between = (value, low, high) => Math.max(low, Math.min(high, value));

export function clamped({ zoom, x, y }) { // the picture's edge is never inside its frame
  const by = between(zoom, 1, LARGEST);
  const most = (by - 1) / 2;
  return { zoom: by, x: between(x, -most, most) + 0, y: between(y, -most, most) + 0 };
}

// A point (as shares from the middle of the whole picture's frame) stays where it is on the screen.
export function zoomed(at, factor, point = { x: 0, y: 0 }) {
  const zoom = between(at.zoom * factor, 1, LARGEST);
  const ratio = zoom / at.zoom;
  return clamped({
    zoom, x: point.x - (point.x - at.x) * ratio, y: point.y - (point.y - at.y) * ratio,
  });
}

export const moved = (at, x, y) => clamped({ zoom: at.zoom, x: at.x + x, y: at.y + y });

export const isWhole = (at) => at.zoom === 1;

const STEPS = {
  ArrowLeft: [0.1, 0], ArrowRight: [-0.1, 0], ArrowUp: [0, 0.1], ArrowDown: [0, -0.1],
};

export function keyed(at, key) { // where a key leads to; null: it is no key of a picture
  if (key === '+' || key === '=') return zoomed(at, 1.5);
  if (key === '-') return zoomed(at, 1 / 1.5);
  if (key === '0') return WHOLE;
  if (!(key in STEPS) || isWhole(at)) return null;
  return moved(at, ...STEPS[key]);
}

export const wheeled = (at, deltaY, point) => zoomed(at, deltaY < 0 ? 1.2 : 1 / 1.2, point);

// Two fingers: how far apart and around which middle they are now and were before.
export function pinched(at, before, now) {
  const grown = zoomed(at, now.apart / before.apart, before.middle);
  return moved(grown, now.middle.x - before.middle.x, now.middle.y - before.middle.y);
}

export const transform = (at) => `translate(${100 * at.x}%, ${100 * at.y}%) scale(${at.zoom})`;
export const share = (at) => (isWhole(at) ? '' : `${Math.round(100 * at.zoom)} %`);
