#!/usr/bin/env node
// One end of a call on libwebrtc between pipes, for bench/voice: raw sound on standard input is said, what is
// heard goes to standard output (S16LE, 48 kHz, mono); descriptions and events are JSON lines on
// descriptor EVENTS, the other end's description comes as a line on descriptor ORDERS:
// voice.mjs offer|answer EVENTS ORDERS
// SPDX-License-Identifier: MIT
import fs from 'node:fs';
import readline from 'node:readline';
import wrtc from '@roamhq/wrtc';

const { RTCAudioSource, RTCAudioSink } = wrtc.nonstandard;
const RATE = 48000;
const FRAME = RATE / 100; // libwebrtc takes 10 ms at a time
const offers = process.argv[2] === 'offer';
const [EVENTS, ORDERS] = process.argv.slice(3).map(Number);

const tell = (event, more = {}) => fs.writeSync(EVENTS, `${JSON.stringify({ event, ...more })}\n`);
const pc = new wrtc.RTCPeerConnection({ rtcpMuxPolicy: 'require', bundlePolicy: 'max-bundle' });
const source = new RTCAudioSource();
const track = source.createTrack();
pc.addTrack(track, new wrtc.MediaStream([track]));

// Every whole 10 ms is said as soon as it is there.
let rest = Buffer.alloc(0);
process.stdin.on('data', data => {
  rest = Buffer.concat([rest, data]);
  for (; rest.length >= 2 * FRAME; rest = rest.subarray(2 * FRAME)) {
    const samples = new Int16Array(new Uint8Array(rest.subarray(0, 2 * FRAME)).buffer);
    source.onData({ samples, sampleRate: RATE, bitsPerSample: 16, channelCount: 1, numberOfFrames: FRAME });
  }
});
process.stdin.on('end', () => process.exit(0));

// Before the first packet is decoded it hears silence at a rate of its own.
function evened({ samples, sampleRate, channelCount }) {
  const length = Math.round((samples.length / channelCount) * (RATE / sampleRate));
  return Int16Array.from({ length }, (_, i) => samples[Math.floor((i * sampleRate) / RATE) * channelCount]);
}

let sink = null;
let rate = 0;
pc.addEventListener('track', event => {
  sink = new RTCAudioSink(event.track);
  sink.ondata = heard => {
    if (rate !== heard.sampleRate) tell('rate', { rate: (rate = heard.sampleRate) });
    fs.writeSync(1, Buffer.from(evened(heard).buffer));
  };
});
pc.addEventListener('connectionstatechange', () => tell('state', { state: pc.connectionState }));

function described() {
  if (pc.iceGatheringState === 'complete') return Promise.resolve();
  return new Promise(resolve => pc.addEventListener('icecandidate', event => event.candidate || resolve()));
}

async function describe(description) {
  await pc.setLocalDescription(description);
  await described();
  tell('description', { description: pc.localDescription });
}

readline.createInterface({ input: fs.createReadStream(null, { fd: ORDERS }) }).on('line', async line => {
  await pc.setRemoteDescription(JSON.parse(line));
  if (!offers) await describe(await pc.createAnswer());
});

async function report() {
  const stats = [...(await pc.getStats()).values()];
  const heard = stats.find(({ type, kind }) => type === 'inbound-rtp' && kind === 'audio');
  if (heard) tell('stats', heard);
}

setInterval(() => report().catch(() => {}), 1000);
if (offers) await describe(await pc.createOffer());
