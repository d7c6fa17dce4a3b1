// A drawing made like the pictures that models of digits are trained with.

import { averaged } from "./pixels.js";

const FAINT = 20; // of 255: less is the rim of a stroke

/**
 * The picture of a drawing, its ink bright on dark; null where nothing is drawn.
 *
 * 8 by 8, as in "Optical Recognition of Handwritten Digits" (UCI; scikit-learn's load_digits): the
 * digit fills the height. Else as in MNIST: it fits into 20 of 28 pixels, and its centre of mass is
 * in the middle.
 */
export function digitOf(image, side) {
  const ink = (x, y) => image.data[4 * (y * image.width + x) + 3];
  const found = bounds(image, ink);
  if (!found) return null;
  const room = side <= 8 ? side : Math.round((side * 20) / 28);
  const scale = room / Math.max(found.width, found.height);
  const width = Math.max(1, Math.round(found.width * scale));
  const height = Math.max(1, Math.round(found.height * scale));
  const small = averaged((x, y) => ink(found.left + x, found.top + y) / 255, found, width, height);
  const middle = side <= 8 ? { x: (width - 1) / 2, y: (height - 1) / 2 } : centre(small, width);
  const place = (at, size) => Math.min(side - size, Math.max(0, Math.round((side - 1) / 2 - at)));
  const left = place(middle.x, width), top = place(middle.y, height);
  const channel = new Array(side * side).fill(0);
  small.forEach((value, i) => {
    channel[(top + Math.floor(i / width)) * side + left + (i % width)] = value;
  });
  return { width: side, height: side, channels: [channel] };
}

/** The drawing as it stands on the paper. */
export function sheetOf(image, side) {
  const ink = (x, y) => image.data[4 * (y * image.width + x) + 3] / 255;
  if (!bounds(image, (x, y) => 255 * ink(x, y))) return null;
  return { width: side, height: side, channels: [averaged(ink, image, side, side)] };
}

function bounds({ width, height }, ink) {
  let left = width, right = -1, top = height, bottom = -1;
  for (let y = 0; y < height; y += 1) {
    for (let x = 0; x < width; x += 1) {
      if (ink(x, y) <= FAINT) continue;
      left = Math.min(left, x);
      right = Math.max(right, x);
      top = Math.min(top, y);
      bottom = y;
    }
  }
  return right < 0 ? null : { left, top, width: right - left + 1, height: bottom - top + 1 };
}

function centre(values, width) {
  let sum = 0, x = 0, y = 0;
  values.forEach((value, i) => {
    sum += value;
    x += value * (i % width);
    y += value * Math.floor(i / width);
  });
  return { x: x / sum, y: y / sum };
}
