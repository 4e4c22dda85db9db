// The engine in a page of a browser: tones are made and measured by WebAudio.
// SPDX-License-Identifier: MIT
import { talk } from './call.mjs';
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
  picture: () => document.createElement('canvas').captureStream(5).getVideoTracks()[0],
  mouth, ear
};

// `tell` is the binding of whoever drives the page.
globalThis.begin = options => {
  globalThis.peer = talk(engine, options, event => globalThis.tell(JSON.stringify(event)));
  addEventListener('unhandledrejection', ({ reason }) => globalThis.peer.trouble(reason));
  return globalThis.peer.left;
};
