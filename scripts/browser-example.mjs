#!/usr/bin/env node
/**
 * Builds examples/browser/dist: the page, its bundle, the MNIST network compiled for a preset, and a few test images.
 *
 *   node scripts/browser-example.mjs [--images 16] [--hardware sonic] [--serve] [--port 8080]
 */
import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { dirname, extname, join, normalize } from 'node:path';
import { fileURLToPath } from 'node:url';
import { readArguments, refuseArguments, wholeArgument } from './arguments.mjs';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const source = join(root, 'examples', 'browser');
const dist = join(source, 'dist');

const MIME_TYPES = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.json': 'application/json',
  '.wasm': 'application/wasm',
};

/** Bundles the page; TensorFlow.js and the emulator come from this installation. */
async function bundle() {
  const { build } = await import('vite');
  await build({
    root: source,
    base: './',
    // Rolldown warns of packages that would import Node's modules on paths that only Node takes.
    logLevel: 'error',
    build: { outDir: dist, emptyOutDir: true, target: 'es2022', chunkSizeWarningLimit: 8000 },
    resolve: { alias: { 'sonic-photonics/browser': join(root, 'dist', 'browser.js') } },
  });
}

/** What the page loads: calibrated and compiled here, by the same code as `sonic run`. */
async function writeData(count, hardware) {
  const { loadExperiment } = await import('../dist/experiments/run/loadExperiment.js');
  const { calibrateOn } = await import('../dist/experiments/run/runExperiment.js');
  const { compileForChip } = await import('../dist/emulation/calibration/calibrate.js');
  const { serialiseProgram } = await import('../dist/emulation/program/serialise.js');
  const experiment = await loadExperiment({ network: 'mnist', hardware, set: [], images: count });
  const { network, dataset } = experiment;
  const calibration = await calibrateOn(network, experiment.hardware, experiment.calibrationSet);
  const program = await compileForChip(network, experiment.hardware, 1, calibration);
  mkdirSync(dist, { recursive: true });
  writeFileSync(join(dist, 'mnist.program'), serialiseProgram({ network, program }));
  writeFileSync(join(dist, 'images.bin'), dataset.images);
  writeFileSync(join(dist, 'labels.json'), JSON.stringify(Array.from(dataset.labels)));
  copyFileSync(join(root, 'dist', 'emulation', 'kernels', 'wasm', 'wasm.wasm'), join(dist, 'wasm.wasm'));
}

/** Serves the built page on the loopback interface; port 0 takes any. */
export function serveExample(port = 0) {
  const server = createServer((request, response) => {
    const path = normalize(decodeURIComponent(new URL(request.url, 'http://localhost').pathname));
    const file = join(dist, path.endsWith('/') ? `${path}index.html` : path);
    try {
      const bytes = readFileSync(file);
      response.setHeader('content-type', MIME_TYPES[extname(file)] ?? 'application/octet-stream').end(bytes);
    } catch {
      response.writeHead(404).end('not found');
    }
  });
  return new Promise((resolve) => {
    server.listen(port, '127.0.0.1', () => resolve({ server, url: `http://127.0.0.1:${server.address().port}/` }));
  });
}

/** Builds page and data. */
export async function buildExample({ images = 16, hardware = 'sonic' } = {}) {
  await bundle();
  await writeData(images, hardware);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const { values } = readArguments({
    options: {
      images: { type: 'string', default: '16' },
      hardware: { type: 'string', default: 'sonic' },
      serve: { type: 'boolean', default: false },
      port: { type: 'string', default: '8080' },
    },
  });
  const port = Number(values.port);
  if (!Number.isInteger(port) || port < 0 || port > 65535)
    refuseArguments(`--port ${values.port}: not a port; give a whole number from 0 to 65535`);
  await buildExample({ images: wholeArgument('images', values.images), hardware: values.hardware });
  console.log(`built ${dist}`);
  if (values.serve) console.log(`open ${(await serveExample(port)).url}`);
}
