/** Builds site/dist: the lab's bundle, what it loads, and the pages of docs/. */
import { copyFileSync, mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { writeApi } from './api.mjs';
import { writeDocs } from './docs.mjs';

const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))));
const source = join(root, 'site');
export const SITE = join(source, 'dist');

/** Images that the page has: enough for an interval, few enough to be loaded at once. */
const IMAGES = 1000;
const CALIBRATION_IMAGES = 200;

async function bundle(out) {
  const { build } = await import('vite');
  await build({
    root: source,
    base: './',
    configFile: false,
    // Rolldown warns of packages that would import Node's modules on paths that only Node takes.
    logLevel: 'error',
    build: { outDir: out, emptyOutDir: true, target: 'es2022', chunkSizeWarningLimit: 8000 },
    worker: { format: 'es' },
    resolve: { alias: { '#sonic': join(root, 'dist') } },
  });
  // The documentation's pages name it, so its name is fixed.
  await build({
    root: source,
    configFile: false,
    logLevel: 'error',
    build: {
      outDir: out,
      emptyOutDir: false,
      target: 'es2022',
      lib: { entry: join(source, 'search', 'main.ts'), formats: ['es'], fileName: () => 'search.js' },
    },
  });
}

/** Test images and calibration images as the command line reads them, the networks and the kernels. */
async function writeData(out) {
  const { loadDataset } = await import('../../dist/datasets/index.js');
  const { sliceDataset } = await import('../../dist/datasets/slice.js');
  const data = join(out, 'data');
  mkdirSync(data, { recursive: true });
  for (const name of ['mnist', 'cifar10']) {
    const test = sliceDataset(await loadDataset(name, { split: 'test' }), IMAGES);
    const train = sliceDataset(await loadDataset(name, { split: 'train' }), CALIBRATION_IMAGES);
    const { shape, classes, classNames, count, indices } = test;
    const facts = { name, split: 'test', shape, classes, classNames, count, indices: indices ? [...indices] : null };
    writeFileSync(join(data, `${name}.json`), JSON.stringify(facts));
    writeFileSync(join(data, `${name}-images.bin`), test.images);
    writeFileSync(join(data, `${name}-labels.bin`), test.labels);
    writeFileSync(join(data, `${name}-calibration.bin`), train.images);
    copyFileSync(join(root, 'checkpoints', `${name}.safetensors`), join(data, `${name}.safetensors`));
  }
  copyFileSync(join(root, 'dist', 'emulation', 'kernels', 'wasm', 'wasm.wasm'), join(data, 'kernels.wasm'));
}

/**
 * @param out the folder that the site is written to.
 * @param withApi whether the API reference is, which takes longest.
 */
export async function buildSite(out = SITE, withApi = true) {
  await bundle(out);
  await writeData(out);
  if (withApi) await writeApi(root, join(out, 'api'));
  writeDocs(join(root, 'docs'), join(out, 'docs'), join(source, 'style.css'));
}
