// What tone some samples are: the same measure for every engine.
// SPDX-License-Identifier: MIT

// The frequency by upward zero crossings, the level, and how much of the power is at that frequency.
export function toneOf(samples, rate) {
  const power = samples.reduce((sum, x) => sum + x * x, 0) / (samples.length || 1);
  const crossings = [];
  for (let i = 1; i < samples.length; i++) {
    const [before, after] = [samples[i - 1], samples[i]];
    if (before < 0 && after >= 0) crossings.push(i - after / (after - before));
  }
  if (power < 1e-8 || crossings.length < 3) return { hertz: 0, level: Math.sqrt(power), purity: 0 };
  const periods = crossings.length - 1;
  const hertz = (periods * rate) / (crossings[periods] - crossings[0]);
  let [re, im] = [0, 0];
  samples.forEach((x, i) => {
    re += x * Math.cos((2 * Math.PI * hertz * i) / rate);
    im += x * Math.sin((2 * Math.PI * hertz * i) / rate);
  });
  const there = (2 * (re * re + im * im)) / samples.length ** 2;
  return { hertz, level: Math.sqrt(power), purity: Math.min(1, there / power) };
}
