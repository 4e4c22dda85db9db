#!/usr/bin/env node
// One end of a call with a picture on libwebrtc between pipes, for bench/video. Sound, descriptions and
// events are those of voice.mjs. With FRAMES it sends what comes out of that file or pipe (YUV4MPEG2, 4:2:0);
// what it sees it tells as `frames`, each half second: [when (ms of the monotonic clock), width, height,
// the time that the test picture tells, or -1]. MOST: bit/s of the picture.
// video.mjs offer|answer EVENTS ORDERS [FRAMES MOST]
// SPDX-License-Identifier: MIT
import fs from 'node:fs';
import readline from 'node:readline';
import wrtc from '@roamhq/wrtc';

const { RTCAudioSource, RTCAudioSink, RTCVideoSource, RTCVideoSink } = wrtc.nonstandard;
const RATE = 48000;
const FRAME = RATE / 100; // libwebrtc takes 10 ms at a time
const offers = process.argv[2] === 'offer';
const [EVENTS, ORDERS] = process.argv.slice(3).map(Number);
const FRAMES = process.argv[5];
const MOST = Number(process.argv[6]);

const tell = (event, more = {}) => fs.writeSync(EVENTS, `${JSON.stringify({ event, ...more })}\n`);
const now = () => Number(process.hrtime.bigint() / 1000n) / 1000;
const pc = new wrtc.RTCPeerConnection({ rtcpMuxPolicy: 'require', bundlePolicy: 'max-bundle' });
const voice = new RTCAudioSource();
const stream = new wrtc.MediaStream();

function add(track) {
  stream.addTrack(track);
  return pc.addTrack(track, stream);
}

// Takes a stream apart: `take` gets pieces of as many bytes as it asked for by what it returned.
function pieces(input, first, take) {
  let rest = [];
  let length = 0;
  let wanted = first;
  input.on('data', data => {
    rest.push(data);
    length += data.length;
    while (length >= wanted) {
      const all = rest.length === 1 ? rest[0] : Buffer.concat(rest, length);
      const piece = all.subarray(0, wanted);
      rest = [all.subarray(wanted)];
      length -= wanted;
      wanted = take(piece);
    }
  });
}

// --- what it says and shows ---

add(voice.createTrack());
pieces(process.stdin, 2 * FRAME, piece => {
  const samples = new Int16Array(new Uint8Array(piece).buffer);
  voice.onData({ samples, sampleRate: RATE, bitsPerSample: 16, channelCount: 1, numberOfFrames: FRAME });
  return 2 * FRAME;
});
process.stdin.on('end', () => process.exit(0));

let shown = null;
if (FRAMES) {
  const camera = new RTCVideoSource();
  shown = add(camera.createTrack());
  let head = '';
  let width = 0;
  let height = 0;
  pieces(fs.createReadStream(FRAMES, { highWaterMark: 1 << 20 }), 1, piece => {
    if (!width) {
      head += piece.toString('latin1');
      if (!head.endsWith('\n')) return 1;
      [width, height] = [/ W(\d+)/, / H(\d+)/].map(word => Number(word.exec(head)[1]));
    } else {
      camera.onFrame({ width, height, data: new Uint8ClampedArray(piece.subarray('FRAME\n'.length)) });
    }
    return 'FRAME\n'.length + (width * height * 3) / 2;
  });
} else {
  pc.addTransceiver('video', { direction: 'recvonly' });
}

// --- what it hears and sees ---

// Before the first packet is decoded it hears silence at a rate of its own.
function evened({ samples, sampleRate, channelCount }) {
  const length = Math.round((samples.length / channelCount) * (RATE / sampleRate));
  return Int16Array.from({ length }, (_, i) => samples[Math.floor((i * sampleRate) / RATE) * channelCount]);
}

// The time in media/pattern.h's picture: 64 blocks, of which the middle is looked at.
function timeIn({ width, height, data }) {
  let bits = 0n;
  for (let bit = 0; bit < 64; bit++) {
    const [row, column] = [Math.floor(bit / 16), bit % 16];
    const x = Math.floor((width * (0.1 * 16 + 0.8 * (column + 0.5))) / 16);
    const y = Math.floor((height * (4 + row + 0.5)) / 12);
    const stride = width;
    const around = [0, -stride, stride, -1, 1].reduce((sum, at) => sum + data[y * stride + x + at], 0);
    bits = (bits << 1n) | BigInt(around > 5 * 128);
  }
  let check = 0xa5n;
  for (let shift = 8n; shift < 64n; shift += 8n) check ^= (bits >> shift) & 0xffn;
  return (bits & 0xffn) === check ? Number((bits >> 8n) & 0xffffffffn) : -1;
}

let sinks = []; // kept, or they are collected
let seen = [];
pc.addEventListener('track', ({ track }) => {
  if (track.kind === 'audio') {
    const sink = new RTCAudioSink(track);
    sink.ondata = heard => fs.writeSync(1, Buffer.from(evened(heard).buffer));
    sinks.push(sink);
  } else {
    const sink = new RTCVideoSink(track);
    sink.onframe = ({ frame }) => seen.push([now(), frame.width, frame.height, timeIn(frame)]);
    sinks.push(sink);
  }
});

// --- the call ---

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

setInterval(() => {
  if (seen.length) tell('frames', { frames: seen });
  seen = [];
}, 500);
setInterval(() => report().catch(() => {}), 1000);
if (shown && MOST) {
  const parameters = shown.getParameters();
  parameters.encodings.forEach(one => Object.assign(one, { maxBitrate: MOST }));
  await shown.setParameters(parameters).catch(error => tell('limit', { error: String(error) }));
}
if (offers) await describe(await pc.createOffer());
