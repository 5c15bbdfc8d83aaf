// The raw samples of one site over the last two seconds: for each column of pixels the lowest and the highest.
export const SHOWN_S = 2;
const HEIGHT = 56;
const LEAST_REACH = 10;

// The newest two seconds of all channels, [rows, channels], with gaps where samples were lost.
export function rawRing() {
  let kept = new Float32Array(0);
  let channels = 0;
  let rows = 0;
  let next_index = 0;
  let filled = 0;
  return {
    get channels() { return channels; },
    take(block) {
      const wanted = Math.max(Math.round(block.rate_hz * SHOWN_S), 1);
      if (block.channels !== channels || wanted !== rows) {
        [channels, rows, filled, next_index] = [block.channels, wanted, 0, block.first_index];
        kept = new Float32Array(rows * channels).fill(NaN);
      }
      const count = block.samples.length / channels;
      // A device that counts anew, or was away for long, begins a new picture.
      const missed = block.first_index - next_index;
      if (missed < 0 || missed > rows) kept.fill(NaN);
      else for (let row = 0; row < missed; row++) this.put(null, 0);
      for (let row = 0; row < count; row++) this.put(block.samples, row * channels);
      next_index = block.first_index + count;
    },
    put(samples, from) {
      const to = (filled % rows) * channels;
      for (let channel = 0; channel < channels; channel++) kept[to + channel] = samples ? samples[from + channel] : NaN;
      filled = (filled + 1) % rows;
    },
    // Writes lowest and highest of each column into `low` and `high`; returns the mean and the furthest from it.
    columns(channel, low, high) {
      low.fill(NaN);
      high.fill(NaN);
      let [sum, count] = [0, 0];
      const share = low.length / rows;
      for (let row = 0; row < rows; row++) {
        const value = kept[((filled + row) % rows) * channels + channel];
        if (Number.isNaN(value)) continue;
        sum += value;
        count++;
        const column = (row * share) | 0;
        if (!(value >= low[column])) low[column] = value;
        if (!(value <= high[column])) high[column] = value;
      }
      const mean = count ? sum / count : 0;
      let reach = LEAST_REACH;
      for (let column = 0; column < low.length; column++) {
        if (high[column] - mean > reach) reach = high[column] - mean;
        if (mean - low[column] > reach) reach = mean - low[column];
      }
      return { mean, reach, count };
    },
  };
}

// A colour as the four bytes of a pixel.
export function pixelOf(colour) {
  const context = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
  context.fillStyle = colour;
  context.fillRect(0, 0, 1, 1);
  return new Uint32Array(context.getImageData(0, 0, 1, 1).data.buffer)[0];
}

// Writes pixels itself: thousands of strokes a second would be work for the browser many times over. `ink()`: a pixel.
export function rawStrip(canvas, ring, channel, ink) {
  const context = canvas.getContext("2d", { willReadFrequently: true });
  let image = null;
  let pixels = null;
  let [low, high] = [new Float32Array(1), new Float32Array(1)];
  let reach = LEAST_REACH;

  function fit() {
    const ratio = devicePixelRatio || 1;
    const width = Math.max(Math.round(canvas.clientWidth * ratio), 1);
    const height = Math.round(HEIGHT * ratio);
    if (image?.width === width && image.height === height) return;
    [canvas.width, canvas.height] = [width, height];
    image = context.createImageData(width, height);
    pixels = new Uint32Array(image.data.buffer);
    [low, high] = [new Float32Array(width), new Float32Array(width)];
  }

  return {
    get reach() { return reach; },
    draw() {
      fit();
      const { width, height } = image;
      pixels.fill(0);
      if (channel < ring.channels) {
        const found = ring.columns(channel, low, high);
        reach = found.reach;
        const scale = (height / 2 - 1) / (reach * 1.05);
        const middle = height / 2;
        const colour = ink();
        let before = NaN;
        for (let column = 0; column < width; column++) {
          if (Number.isNaN(low[column])) continue;
          let top = middle - (high[column] - found.mean) * scale;
          let bottom = middle - (low[column] - found.mean) * scale;
          const centre = (top + bottom) / 2;
          // Columns that do not touch are joined, so that the line has no holes where samples are few.
          if (before < top) top = before;
          else if (before > bottom) bottom = before;
          before = centre;
          const last = Math.max(Math.round(bottom), Math.round(top) + 1);
          for (let row = Math.round(top); row < last; row++) pixels[row * width + column] = colour;
        }
      }
      context.putImageData(image, 0, 0);
    },
  };
}
