#!/usr/bin/env node
/**
 * Benchmark against other simulators of analog hardware: the same networks, weights, converters, tile sizes and noise,
 * on the same images, one thread each: `npm run bench-peers -- --help`.
 */
import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { availableParallelism, cpus, loadavg, tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { SonicError } from '../../dist/base/errors.js';
import { writeFileAtomic } from '../../dist/base/files.js';
import { writeCase } from './case.mjs';
import { renderPeers } from './report.mjs';
import { defaultEnvironment, SetupError, setUp, TORCH } from './setup.mjs';

const HELP = `Usage: npm run bench-peers -- [OPTIONS]

Times SONIC's networks in this project and in aihwkit, aihwkit-lightning, CrossSim, torch and ONNX Runtime. The tools are
installed in a Python environment of their own; the first call compiles aihwkit (eight minutes on two cores; Debian:
apt install python3-venv python3-dev g++ make libopenblas-dev).

  --network NAME     mnist or cifar10; may be repeated (default: both)
  --images N         images each tool runs, for speed and accuracy (default: 128)
  --batch N          images a batch (default: 16)
  --cross-sim DIR    checkout of CrossSim (not on PyPI, see --fetch-help); without it the table says so
  --fetch-help       how to get CrossSim
  --tool NAME        only this tool (${Object.keys(tools()).join(', ')}); may be repeated
  --environment DIR  where the Python environment lies (default: ${defaultEnvironment()})
  --torch SPEC       what pip installs as torch (default: ${TORCH})
  --torch-index URL  one more package index for torch
  --setup            only install what the tools need
  --json FILE        everything as JSON
`;

const FETCH_HELP = `CrossSim (Sandia National Laboratories, BSD-3-Clause) is not on PyPI; its source is public:

  git clone --depth 1 https://github.com/sandialabs/cross-sim ../cross-sim
  npm run bench-peers -- --cross-sim ../cross-sim

On a machine without network: copy such a folder there; of it only simulator/ and pyproject.toml are read. It needs numpy
and scipy, which this script installs with the other tools, and no GPU. The adapter (peers/tool_crosssim.py) has run with
version 3.2.0. A normal a device and read takes seconds an image: --images 16 --batch 4 for that row.
`;

/** Tools by name; `kinds` of noise as peers/run.py (ours.mjs) takes them. */
function tools() {
  return {
    sonic: { title: 'sonic-photonics, wasm', kinds: ['none', 'sum', 'all'] },
    'sonic-digital': { title: 'TensorFlow.js wasm, digital', kinds: ['digital'] },
    aihwkit: { title: 'aihwkit, C++ tile', kinds: ['none', 'sum'] },
    aihwkit_torch: { title: 'aihwkit, torch tile', kinds: ['none', 'sum'] },
    lightning: { title: 'aihwkit-lightning', kinds: ['none', 'sum'] },
    crosssim: { title: 'CrossSim', kinds: ['none', 'sum', 'device'] },
    torch: { title: 'torch, digital', kinds: ['digital'] },
    onnxruntime: { title: 'ONNX Runtime, digital', kinds: ['digital'] },
  };
}

/** Threads of numpy's and torch's libraries, and what some machines set that slows them. */
function environmentOfOneThread() {
  const { OPENBLAS_CORETYPE: _type, OPENBLAS_L2_SIZE: _size, ...rest } = process.env;
  return { ...rest, OMP_NUM_THREADS: '1', OPENBLAS_NUM_THREADS: '1', MKL_NUM_THREADS: '1' };
}

/** The JSON on a program's last line. @throws Error with the last line of what it said instead. */
function runJson(program, args) {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { env: environmentOfOneThread() });
    let [output, errors] = ['', ''];
    child.stdout.on('data', (data) => {
      output += data;
    });
    child.stderr.on('data', (data) => {
      errors += data;
    });
    child.on('error', reject);
    child.on('close', (status, signal) => {
      if (status === 0) return resolve(JSON.parse(output.trim().split('\n').at(-1)));
      const last = errors.trim().split('\n').at(-1) || `ended by ${signal ?? `exit code ${status}`}`;
      reject(new Error(last.slice(0, 300)));
    });
  });
}

const OURS = fileURLToPath(new URL('ours.mjs', import.meta.url));
const PEER = fileURLToPath(new URL('peers/run.py', import.meta.url));

/** Root mean square of the difference over the spread of what was expected. */
function deviationOf(logits, expected) {
  const mean = expected.reduce((sum, value) => sum + value, 0) / expected.length;
  const spread = expected.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  return Math.sqrt(logits.reduce((sum, value, i) => sum + (value - expected[i]) ** 2, 0) / spread);
}

/** One row of the table: figures, or why there are none. */
async function measure(tool, kind, { name, folder, python, absent, crossSim, batch, images, expected }) {
  const [batchText, imagesText] = [String(batch), String(images)];
  try {
    if (tool.startsWith('sonic')) {
      const { logits, ...result } = await runJson(process.execPath, [OURS, name, kind, batchText, imagesText]);
      return { ...result, deviation: deviationOf(logits, expected) };
    }
    const reason = absent[tool.split('_')[0]];
    if (reason) return { failure: reason };
    if (tool === 'crosssim' && !crossSim)
      return { failure: 'not on PyPI, and no checkout was given: --cross-sim DIR, see --fetch-help' };
    const noise = kind === 'digital' ? 'none' : kind;
    const paths = tool === 'crosssim' ? [crossSim] : [];
    const { logits: _logits, ...result } = await runJson(python, [
      PEER,
      folder,
      tool,
      noise,
      batchText,
      imagesText,
      ...paths,
    ]);
    return result;
  } catch (error) {
    return { failure: error.message };
  }
}

/** The folder of a checkout, absolute; undefined where none is given. */
function crossSimFolder(given) {
  if (given === undefined) return undefined;
  const folder = resolve(given);
  if (existsSync(join(folder, 'simulator', '__init__.py'))) return folder;
  throw new SetupError(
    `--cross-sim ${given}: no checkout of CrossSim, simulator/__init__.py is not in it; see --fetch-help`,
  );
}

function positive(text, name) {
  const value = Number(text);
  if (Number.isInteger(value) && value > 0) return value;
  throw new SetupError(`--${name} ${text}: a whole number of 1 or more is needed`);
}

function options() {
  const text = { type: 'string' };
  const { values } = parseArgs({
    options: {
      network: { type: 'string', multiple: true, default: ['mnist', 'cifar10'] },
      tool: { type: 'string', multiple: true, default: Object.keys(tools()) },
      images: { ...text, default: '128' },
      batch: { ...text, default: '16' },
      'cross-sim': text,
      environment: { ...text, default: defaultEnvironment() },
      torch: { ...text, default: TORCH },
      'torch-index': text,
      setup: { type: 'boolean', default: false },
      'fetch-help': { type: 'boolean', default: false },
      json: text,
      help: { type: 'boolean', short: 'h', default: false },
    },
  });
  const unknown = values.tool.find((tool) => !Object.hasOwn(tools(), tool));
  if (unknown) throw new SetupError(`--tool ${unknown}: one of ${Object.keys(tools()).join(', ')}`);
  return {
    ...values,
    crossSim: crossSimFolder(values['cross-sim']),
    images: positive(values.images, 'images'),
    batch: positive(values.batch, 'batch'),
  };
}

const say = (text) => process.stderr.write(`${text}\n`);

async function main() {
  const given = options();
  if (given.help) return process.stdout.write(HELP);
  if (given['fetch-help']) return process.stdout.write(FETCH_HELP);
  const { python, absent } = setUp({
    folder: given.environment,
    torch: given.torch,
    torchIndex: given['torch-index'],
    tools: given.tool,
    say,
  });
  for (const [tool, reason] of Object.entries(absent)) say(`${tool}: ${reason}`);
  if (given.setup) return say(`Python environment: ${python}`);
  const folder = mkdtempSync(join(tmpdir(), 'bench-peers-'));
  const rows = [];
  try {
    for (const name of given.network) {
      const caseFolder = join(folder, name);
      const { images, densePartialSums } = await writeCase(caseFolder, name, given.images);
      const { batch } = given;
      const plain = await runJson(python, [PEER, caseFolder, 'plain', 'none', String(batch), String(batch)]);
      const shared = { name, folder: caseFolder, python, absent, crossSim: given.crossSim, batch, images };
      for (const tool of given.tool) {
        for (const kind of tools()[tool].kinds) {
          say(`${name}: ${tools()[tool].title}, ${kind}`);
          const result = await measure(tool, kind, { ...shared, expected: plain.logits });
          rows.push({ network: name, tool: tools()[tool].title, noise: kind, densePartialSums, ...result });
        }
      }
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  const machine = {
    processor: cpus()[0].model,
    cores: availableParallelism(),
    load: loadavg().map((n) => +n.toFixed(2)),
  };
  const { images, batch } = given;
  if (given.json)
    await writeFileAtomic(
      given.json,
      `${JSON.stringify({ schema: 'sonic-bench-peers/1', machine, images, batch, rows }, null, 2)}\n`,
    );
  process.stdout.write(`${renderPeers(rows)}\n`);
}

main().catch((error) => {
  const known = [SetupError, SonicError].some((type) => error instanceof type);
  if (!known && !String(error.code).startsWith('ERR_PARSE_ARGS')) throw error;
  process.stderr.write(`bench-peers: ${error.message}\n`);
  process.exitCode = 1;
});
