// A map of cells as a smooth field: exact at the middle of a cell, blended between the middles.
// A map is { nats, rows, columns, scale, noise }: `nats` by row, null where nothing is known; `rows`
// and `columns` the cells' borders as shares of the picture; `scale` nats are the full colour.

export const PALE = 0.4; // how much of its colour a plus within the noise keeps
const STRIPE_PX = 8; // what speaks against is striped, so that colour alone does not say it

const middles = (borders) => borders.slice(1).map((end, i) => (borders[i] + end) / 2);

function between(places, at) { // the two middles around a place, and the share of the second
  const last = places.length - 1;
  const next = places.findIndex((place) => place > at);
  if (next === 0) return [0, 0, 0];
  if (next < 0) return [last, last, 0];
  const share = (at - places[next - 1]) / (places[next] - places[next - 1]);
  return [next - 1, next, share];
}

const cellAt = (borders, at) => {
  const end = borders.findIndex((border, i) => i > 0 && at < border);
  return end < 0 ? borders.length - 2 : end - 1;
};

// What the map says at (x, y), shares of the picture; null in a cell of which nothing is known.
export function valueAt({ nats, rows, columns }, x, y) {
  if (nats[cellAt(rows, y)][cellAt(columns, x)] === null) return null;
  const [top, bottom, down] = between(middles(rows), y);
  const [left, right, across] = between(middles(columns), x);
  let sum = 0;
  let weights = 0;
  for (const [row, vertical] of [[top, 1 - down], [bottom, down]]) {
    for (const [column, horizontal] of [[left, 1 - across], [right, across]]) {
      const weight = vertical * horizontal;
      if (!weight || nats[row][column] === null) continue; // the known ones count alone
      sum += weight * nats[row][column];
      weights += weight;
    }
  }
  return weights ? sum / weights : nats[cellAt(rows, y)][cellAt(columns, x)];
}

// How strong the colour is, in [0, 1]; what does not rise above the noise is pale.
export function strength(nats, { scale, noise }) {
  if (!scale) return 0;
  const share = Math.min(1, Math.abs(nats) / scale);
  return nats >= 0 && nats <= noise ? PALE * share : share;
}

// The map as RGBA pixels. `colours` are { plus, minus, none }, each [r, g, b].
export function painted(map, width, height, colours) {
  const pixels = new Uint8ClampedArray(4 * width * height);
  for (let row = 0; row < height; row += 1) {
    for (let column = 0; column < width; column += 1) {
      const nats = valueAt(map, (column + 0.5) / width, (row + 0.5) / height);
      pixels.set(pixelOf(nats, map, colours, (column + row) % STRIPE_PX < 2), 4 * (row * width + column));
    }
  }
  return pixels;
}

function pixelOf(nats, map, { plus, minus, none }, isStripe) {
  if (nats === null) return [...none, 140];
  const alpha = 255 * strength(nats, map);
  if (nats >= 0) return [...plus, alpha];
  return isStripe ? [255, 255, 255, alpha] : [...minus, alpha];
}
