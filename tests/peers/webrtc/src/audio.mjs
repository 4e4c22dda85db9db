// A mouth that plays a tone and an ear that measures one, on libwebrtc's raw audio tracks.
// SPDX-License-Identifier: MIT
import wrtc from '@roamhq/wrtc';

const { RTCAudioSource, RTCAudioSink } = wrtc.nonstandard;
const RATE = 48000;
const FRAME = RATE / 100; // libwebrtc takes 10 ms at a time
const AMPLITUDE = 0.25;
const LATE = 20; // frames: after a stall go on from now, a burst would overflow the engine

export function mouth(hertz) {
  const source = new RTCAudioSource();
  const begun = process.hrtime.bigint();
  let played = 0;
  const speak = () => {
    const due = Number((process.hrtime.bigint() - begun) / 10_000_000n);
    for (played = Math.max(played, due - LATE); played < due; played++) {
      const samples = new Int16Array(FRAME);
      for (let i = 0; i < FRAME; i++) {
        samples[i] = AMPLITUDE * 32767 * Math.sin((2 * Math.PI * hertz * (played * FRAME + i)) / RATE);
      }
      source.onData({ samples, sampleRate: RATE, bitsPerSample: 16, channelCount: 1, numberOfFrames: FRAME });
    }
  };
  const timer = setInterval(speak, 10);
  return { track: source.createTrack(), stop: () => clearInterval(timer) };
}

// Keeps the last half second of a track.
export function ear(track) {
  const sink = new RTCAudioSink(track);
  let rate = 0;
  let heard = [];
  sink.ondata = ({ samples, sampleRate, channelCount }) => {
    rate = sampleRate;
    for (let i = 0; i < samples.length; i += channelCount) heard.push(samples[i] / 32768);
    if (heard.length > rate) heard = heard.slice(-rate / 2);
  };
  return { stop: () => sink.stop(), measure: () => toneOf(heard.slice(-rate / 2), rate) };
}

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
