// The engine in Node: a mouth that plays a tone and an ear that measures one, on libwebrtc's raw
// audio tracks.
// SPDX-License-Identifier: MIT
import { randomUUID } from 'node:crypto';
import wrtc from '@roamhq/wrtc';
import { toneOf } from './tone.mjs';

const { RTCAudioSource, RTCAudioSink } = wrtc.nonstandard;
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

export const engine = {
  name: 'node',
  uuid: randomUUID,
  async ready() {},
  connection: config => new wrtc.RTCPeerConnection(config),
  stream: tracks => new wrtc.MediaStream(tracks),
  picture: () => new wrtc.nonstandard.RTCVideoSource().createTrack(),
  mouth, ear
};
