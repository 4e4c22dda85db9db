#!/usr/bin/env node
// A Jingle peer on libwebrtc that places or answers calls: see README.md.
// SPDX-License-Identifier: MIT
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { parseArgs } from 'node:util';

const text = value => ({ type: 'string', ...(value === undefined ? {} : { default: value }) });
const flag = { type: 'boolean', default: false };
const { values } = parseArgs({ options: {
  engine: text('node'), chromium: text('/usr/bin/chromium'), profile: text(),
  jid: text(), password: text(), ws: text(), resource: text(`peer-${process.pid}`),
  to: text(), invite: flag, 'ring-timeout': text('0'), 'no-trickle': flag, relay: flag, 'no-jingle': flag,
  media: text('audio'), video: flag, codecs: text(''), strip: text(''), 'no-bundle': flag, source: text('synth'),
  answer: text('accept'), stay: flag, reason: text('success'),
  tone: text('1000'), size: text('320x240'), fps: text('15'), duration: text('0'), timeout: text('60')
} });
const numbers = ['ring-timeout', 'tone', 'fps', 'duration', 'timeout'];
const options = { ...values, ...Object.fromEntries(numbers.map(name => [name, Number(values[name])])) };
if (values['no-bundle']) options.strip += ',group';

const say = line => process.stdout.write(`${line}\n`);
const tell = event => say(JSON.stringify(event));

async function inNode() {
  const [{ talk }, { engine }] = await Promise.all([import('./src/talk.mjs'), import('./src/node.mjs')]);
  const peer = talk(engine, options, tell);
  process.on('unhandledRejection', error => peer.trouble(error));
  return { left: peer.left, command: line => peer.command(line), leave: () => peer.leave(1), close() {} };
}

async function inChromium() {
  const { Browser, servePage } = await import('./src/browser.mjs');
  const profile = options.profile ?? mkdtempSync(join(tmpdir(), 'peal-chromium-'));
  const browser = new Browser(options.chromium, profile);
  const close = () => {
    browser.close();
    rmSync(profile, { recursive: true, force: true, maxRetries: 5 });
  };
  try {
    const page = await servePage();
    tell({ ev: 'engine', version: await browser.open(page.url, say) });
    const left = browser.evaluate(`begin(${JSON.stringify(options)})`);
    const order = expression => browser.evaluate(expression).catch(() => {});
    return { left, command: line => order(`peer.command(${JSON.stringify(line)})`), leave: () => order('peer.leave(1)'), close };
  } catch (error) {
    close();
    throw error;
  }
}

const engines = { node: inNode, chromium: inChromium };
let status = 1;
try {
  const peer = await engines[options.engine]();
  for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, peer.leave);
  createInterface({ input: process.stdin }).on('line', peer.command);
  status = await peer.left.finally(peer.close);
} catch (error) {
  tell({ ev: 'error', text: String(error?.stack ?? error) });
}
process.exit(status);
