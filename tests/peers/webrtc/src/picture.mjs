// The test picture and the measure of one, the same for every engine: four corners in colours, and a
// bar that goes from left to right in the middle.
// SPDX-License-Identifier: MIT

export const COLOURS = {
  black: [0, 0, 0], grey: [110, 110, 110], white: [255, 255, 255], red: [255, 0, 0], green: [0, 255, 0],
  blue: [0, 0, 255], yellow: [255, 255, 0], cyan: [0, 255, 255], magenta: [255, 0, 255]
};
// From the left to the right, the upper ones first.
const CORNERS = ['blue', 'yellow', 'cyan', 'magenta'];
const STEPS = 24; // frames the bar takes to cross

// What to fill, in this order: rows of [x, y, width, height, colour]; even numbers.
export function scene(width, height, number) {
  const even = value => 2 * Math.floor(value / 2);
  const [w, h] = [even(width / 4), even(height / 4)];
  const corners = CORNERS.map((colour, at) => [at % 2 ? width - w : 0, at > 1 ? height - h : 0, w, h, colour]);
  const bar = [even(((width - w / 2) * (number % STEPS)) / STEPS), h, even(w / 2), height - 2 * h, 'white'];
  return [[0, 0, width, height, 'grey'], ...corners, bar];
}

// What is looked at of each frame: a thumbnail of so many pixels.
export const WIDE = 32;
export const HIGH = 24;
const CHANGED = 40; // of 255: more than any coder does to a picture that stands still
const AT = [[2, 2], [WIDE - 3, 2], [2, HIGH - 3], [WIDE - 3, HIGH - 3]];

const distance = (a, b) => a.reduce((sum, x, i) => sum + (x - b[i]) ** 2, 0);
const nearest = rgb => Object.keys(COLOURS).reduce((best, name) =>
  (distance(COLOURS[name], rgb) < distance(COLOURS[best], rgb) ? name : best));

// Takes thumbnails (WIDE × HIGH of [red, green, blue]) and says what was seen.
export class Beholder {
  constructor() {
    Object.assign(this, { frames: 0, moves: 0, before: null, size: null });
  }

  behold(pixels, width, height) {
    const bright = pixels.map(([r, g, b]) => (r + 2 * g + b) / 4);
    const moved = this.before && bright.some((value, at) => Math.abs(value - this.before[at]) > CHANGED);
    Object.assign(this, { frames: this.frames + 1, moves: this.moves + Number(Boolean(moved)), before: bright, pixels, size: [width, height] });
  }

  // `moves`: frames that differed from those before them.
  measure() {
    if (!this.frames) return { shown: 0, moves: 0 };
    const corners = AT.map(([x, y]) => nearest(this.pixels[y * WIDE + x]));
    return { shown: this.frames, moves: this.moves, width: this.size[0], height: this.size[1], corners };
  }
}
