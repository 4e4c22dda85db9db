// The engine in a page of a browser: tones are made and measured by WebAudio, pictures by canvases.
// SPDX-License-Identifier: MIT
import { talk } from './talk.mjs';
import { Beholder, COLOURS, HIGH, scene, WIDE } from './picture.mjs';
import { toneOf } from './tone.mjs';

const AMPLITUDE = 0.25;
const WINDOW = 16384; // samples, a third of a second

const context = new AudioContext();

function mouth(hertz) {
  const oscillator = new OscillatorNode(context, { frequency: hertz });
  const gain = new GainNode(context, { gain: AMPLITUDE });
  const end = new MediaStreamAudioDestinationNode(context, { channelCount: 1 });
  oscillator.connect(gain).connect(end);
  oscillator.start();
  return { track: end.stream.getAudioTracks()[0], stop: () => oscillator.stop() };
}

function ear(track) {
  const stream = new MediaStream([track]);
  const player = new Audio(); // what no element plays does not flow
  player.muted = true;
  player.srcObject = stream;
  player.play();
  const analyser = new AnalyserNode(context, { fftSize: WINDOW });
  const source = new MediaStreamAudioSourceNode(context, { mediaStream: stream });
  source.connect(analyser);
  const samples = new Float32Array(WINDOW);
  return {
    stop: () => source.disconnect(),
    measure() {
      analyser.getFloatTimeDomainData(samples);
      return toneOf(samples, context.sampleRate);
    }
  };
}

const rgb = colour => `rgb(${COLOURS[colour].join()})`;

function canvasOf(width, height) {
  const canvas = Object.assign(document.createElement('canvas'), { width, height });
  return [canvas, canvas.getContext('2d', { willReadFrequently: true })];
}

function camera({ width, height, fps }) {
  const [canvas, pen] = canvasOf(width, height);
  let number = 0;
  const draw = () => {
    for (const [x, y, w, h, colour] of scene(width, height, number)) {
      pen.fillStyle = rgb(colour);
      pen.fillRect(x, y, w, h);
    }
    number++;
  };
  draw();
  const timer = setInterval(draw, 1000 / fps);
  return { track: canvas.captureStream(fps).getVideoTracks()[0], stop: () => clearInterval(timer) };
}

// The browser's own devices, which are fake ones here.
async function devices() {
  const stream = await navigator.mediaDevices.getUserMedia({ audio: true, video: true });
  const [mouth, camera] = [...stream.getAudioTracks(), ...stream.getVideoTracks()]
    .map(track => ({ track, stop: () => track.stop() }));
  return { mouth, camera };
}

function eye(track) {
  const player = Object.assign(document.createElement('video'), { muted: true, srcObject: new MediaStream([track]) });
  document.body.append(player);
  const [, pen] = canvasOf(WIDE, HIGH);
  const beholder = new Beholder();
  const look = () => {
    pen.drawImage(player, 0, 0, WIDE, HIGH);
    const { data } = pen.getImageData(0, 0, WIDE, HIGH);
    const pixels = Array.from({ length: WIDE * HIGH }, (_, at) => [...data.subarray(4 * at, 4 * at + 3)]);
    beholder.behold(pixels, player.videoWidth, player.videoHeight);
    player.requestVideoFrameCallback(look);
  };
  player.requestVideoFrameCallback(look);
  player.play();
  return { stop: () => player.remove(), measure: () => beholder.measure() };
}

const engine = {
  name: 'chromium',
  uuid: () => crypto.randomUUID(),
  // Who may use a microphone (here a fake one) tells its addresses, not names of mDNS.
  async ready() {
    engine.permit = await navigator.mediaDevices.getUserMedia({ audio: true });
    await context.resume();
  },
  connection: config => new RTCPeerConnection(config),
  stream: tracks => new MediaStream(tracks),
  mouth, ear, camera, eye, devices
};

// `tell` is the binding of whoever drives the page.
globalThis.begin = options => {
  globalThis.peer = talk(engine, options, event => globalThis.tell(JSON.stringify(event)));
  addEventListener('unhandledrejection', ({ reason }) => globalThis.peer.trouble(reason));
  return globalThis.peer.left;
};
