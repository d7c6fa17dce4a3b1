// From pictures to the numbers that run() takes.

/** The pixels of a file that is a picture, cut to the middle where its form is another. */
export async function pixelsOfFile(file, width, height) {
  let picture;
  try {
    picture = await createImageBitmap(file);
  } catch {
    throw new Error(`${file.name || "The file"} is no picture that this browser can read.`);
  }
  const scale = Math.max(width / picture.width, height / picture.height);
  const cut = { width: width / scale, height: height / scale };
  const canvas = new OffscreenCanvas(Math.ceil(cut.width), Math.ceil(cut.height));
  const context = canvas.getContext("2d");
  context.fillStyle = "#fff"; // below what is transparent
  context.fillRect(0, 0, canvas.width, canvas.height);
  context.drawImage(picture, (cut.width - picture.width) / 2, (cut.height - picture.height) / 2);
  picture.close();
  const found = context.getImageData(0, 0, canvas.width, canvas.height);
  const channels = [0, 1, 2].map((channel) =>
    averaged((x, y) => found.data[4 * (y * found.width + x) + channel], found, width, height));
  return { width, height, channels: channels.map((each) => each.map((value) => value / 255)) };
}

/** A picture made smaller or larger: each pixel is the mean of what it covers. */
export function averaged(at, from, width, height) {
  const found = new Array(width * height);
  for (let y = 0; y < height; y += 1) {
    const top = Math.floor((y * from.height) / height);
    const bottom = Math.max(top + 1, Math.floor(((y + 1) * from.height) / height));
    for (let x = 0; x < width; x += 1) {
      const left = Math.floor((x * from.width) / width);
      const right = Math.max(left + 1, Math.floor(((x + 1) * from.width) / width));
      let sum = 0;
      for (let j = top; j < bottom; j += 1) for (let i = left; i < right; i += 1) sum += at(i, j);
      found[y * width + x] = sum / ((bottom - top) * (right - left));
    }
  }
  return found;
}

/** One channel: how bright the eye takes the colours to be (ITU-R BT.601). */
export function grey({ width, height, channels: [red, green, blue] }) {
  const channel = red.map((value, i) => 0.299 * value + 0.587 * green[i] + 0.114 * blue[i]);
  return { width, height, channels: [channel] };
}

/** Dark for bright. */
export function inverted(picture) {
  return { ...picture, channels: picture.channels.map((each) => each.map((value) => 1 - value)) };
}

/** One row for run(): a picture's numbers, up to `range`, nested as `order` says. */
export function rowOf({ width, height, channels }, order, range, whole) {
  // As training data has them; four decimals tell the 256 steps of a pixel apart.
  const value = (number) => (whole || range > 1 ? Math.round(number * range) : Math.round(number * range * 1e4) / 1e4);
  const planes = channels.map((each) => each.map(value));
  const lines = (list) => Array.from({ length: height }, (_, y) => list.slice(y * width, (y + 1) * width));
  if (order === "first") return planes.map(lines);
  const mixed = channels.length > 1 || order === "last";
  const points = mixed ? planes[0].map((_, i) => planes.map((plane) => plane[i])) : planes[0];
  return order === "flat" ? points.flat() : lines(points);
}

/** Shows on a canvas what run() is going to see. */
export function show(canvas, { width, height, channels }) {
  canvas.width = width;
  canvas.height = height;
  const context = canvas.getContext("2d");
  const seen = context.createImageData(width, height);
  for (let i = 0; i < width * height; i += 1) {
    for (let c = 0; c < 3; c += 1) seen.data[4 * i + c] = 255 * (channels[c] ?? channels[0])[i];
    seen.data[4 * i + 3] = 255;
  }
  context.putImageData(seen, 0, 0);
}
