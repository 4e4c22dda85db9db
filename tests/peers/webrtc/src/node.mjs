// The engine in Node: a mouth that plays a tone, a camera that draws, and an ear and an eye that measure
// what comes, on libwebrtc's raw tracks.
// SPDX-License-Identifier: MIT
import { randomUUID } from 'node:crypto';
import wrtc from '@roamhq/wrtc';
import { Beholder, COLOURS, HIGH, scene, WIDE } from './picture.mjs';
import { toneOf } from './tone.mjs';

const { RTCAudioSource, RTCAudioSink, RTCVideoSource, RTCVideoSink } = wrtc.nonstandard;
const RATE = 48000;
const FRAME = RATE / 100; // libwebrtc takes 10 ms at a time
const AMPLITUDE = 0.25;
const LATE = 20; // frames: after a stall go on from now, a burst would overflow the engine

function mouth(hertz) {
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
function ear(track) {
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

// BT.601, limited range, as libwebrtc reads what is told nothing else.
function yuvOf([r, g, b]) {
  return [16 + (65.738 * r + 129.057 * g + 25.064 * b) / 256, 128 + (-37.945 * r - 74.494 * g + 112.439 * b) / 256,
    128 + (112.439 * r - 94.154 * g - 18.285 * b) / 256];
}

function rgbOf(y, u, v) {
  const [luma, cb, cr] = [1.164 * (y - 16), u - 128, v - 128];
  return [luma + 1.596 * cr, luma - 0.392 * cb - 0.813 * cr, luma + 2.017 * cb].map(x => Math.max(0, Math.min(255, x)));
}

function plane(data, start, stride, [x, y, width, height], value) {
  for (let row = y; row < y + height; row++) data.fill(value, start + row * stride + x, start + row * stride + x + width);
}

function drawn(width, height, number) {
  const luma = width * height;
  const data = new Uint8ClampedArray(luma * 1.5);
  for (const [x, y, w, h, colour] of scene(width, height, number)) {
    const [value, cb, cr] = yuvOf(COLOURS[colour]);
    const half = [x, y, w, h].map(one => one / 2);
    plane(data, 0, width, [x, y, w, h], value);
    plane(data, luma, width / 2, half, cb);
    plane(data, luma * 1.25, width / 2, half, cr);
  }
  return { width, height, data };
}

function camera({ width, height, fps }) {
  const source = new RTCVideoSource();
  let number = 0;
  const timer = setInterval(() => source.onFrame(drawn(width, height, number++)), 1000 / fps);
  return { track: source.createTrack(), stop: () => clearInterval(timer) };
}

function thumbnail({ width, height, data }) {
  const stride = (width + 1) >> 1;
  const chroma = width * height;
  const pixels = [];
  for (let row = 0; row < HIGH; row++) {
    for (let column = 0; column < WIDE; column++) {
      const [x, y] = [Math.floor(((column + 0.5) * width) / WIDE), Math.floor(((row + 0.5) * height) / HIGH)];
      const at = chroma + (y >> 1) * stride + (x >> 1);
      pixels.push(rgbOf(data[y * width + x], data[at], data[at + stride * ((height + 1) >> 1)]));
    }
  }
  return pixels;
}

function eye(track) {
  const sink = new RTCVideoSink(track);
  const beholder = new Beholder();
  sink.onframe = ({ frame }) => beholder.behold(thumbnail(frame), frame.width, frame.height);
  return { stop: () => sink.stop(), measure: () => beholder.measure() };
}

export const engine = {
  name: 'node',
  uuid: randomUUID,
  async ready() {},
  connection: config => new wrtc.RTCPeerConnection(config),
  stream: tracks => new wrtc.MediaStream(tracks),
  mouth, ear, camera, eye
};
