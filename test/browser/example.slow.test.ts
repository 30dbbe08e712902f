/** The page of examples/browser in headless Chromium; skipped without a browser or an adapter. */

import { chromium } from 'playwright-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { chromiumArguments, findChromium } from '../../scripts/site/browser.mjs';
import { readBytes } from '../../src/base/storedBytes.js';
import { createBackend } from '../../src/emulation/backends/index.js';
import { compileForChip } from '../../src/emulation/calibration/calibrate.js';
import { loadEmulatedNetwork } from '../../src/emulation/emulator/emulatedNetwork.js';
import { loadExperiment } from '../../src/experiments/run/loadExperiment.js';
import { calibrateOn } from '../../src/experiments/run/runExperiment.js';
import { preprocess } from '../../src/networks/preprocess.js';

interface PageResult {
  readonly error?: string;
  readonly adapter: string;
  readonly digital: number[][];
  readonly emulated: number[][];
}

const IMAGES = 2;

const browser = findChromium();
// Software WebGPU is behind a flag.
const FLAGS = [
  '--enable-unsafe-webgpu',
  '--use-webgpu-adapter=swiftshader',
  '--enable-features=Vulkan',
  ...chromiumArguments(),
];

interface Example {
  buildExample(options: { images: number }): Promise<void>;
  serveExample(): Promise<{ server: import('node:http').Server; url: string }>;
}

/** Opens the served page and waits for what it makes of the images. */
async function openPage(url: string): Promise<PageResult> {
  const instance = await chromium.launch({ executablePath: browser!, args: FLAGS });
  try {
    const page = await instance.newPage();
    await page.goto(url);
    await page.waitForFunction('globalThis.sonicResult', null, { timeout: 150_000 });
    return (await page.evaluate('globalThis.sonicResult')) as PageResult;
  } finally {
    await instance.close();
  }
}

/** The same network, chip and images on the backend wasm. */
async function onWasm(): Promise<Float32Array> {
  const { network, hardware, dataset, calibrationSet } = await loadExperiment({
    network: 'mnist',
    hardware: 'sonic',
    set: [],
    images: IMAGES,
  });
  const program = await compileForChip(network, hardware, 1, await calibrateOn(network, hardware, calibrationSet));
  const backend = await createBackend('wasm');
  const emulated = loadEmulatedNetwork(network, program, backend);
  const input = backend.tf.tensor(preprocess(network, readBytes(dataset.images)), [IMAGES, ...network.inputShape]);
  const { logits } = await emulated.forward(input, Int32Array.of(0, 1), 1);
  emulated.dispose();
  input.dispose();
  return logits;
}

describe.skipIf(!browser)('the page in a browser', () => {
  let result: PageResult;
  beforeAll(async () => {
    const { buildExample, serveExample } = (await import(
      new URL('../../scripts/browser-example.mjs', import.meta.url).href
    )) as Example;
    await buildExample({ images: IMAGES });
    const { server, url } = await serveExample();
    try {
      result = await openPage(url);
    } finally {
      server.close();
    }
  });

  it('runs both networks, and the emulated one as the backend wasm does', async ({ skip }) => {
    skip(result.error?.includes('webgpu') ?? false, result.error);
    expect(result.error).toBeUndefined();
    expect(result.adapter).not.toBe('');
    const emulated = await onWasm();
    const spread = Math.max(...emulated) - Math.min(...emulated);
    expect(result.digital).toHaveLength(IMAGES);
    // Section 9 of the contract: an activation that crosses code 0|1 packs its chunks anew.
    expect(result.emulated.flat()).toBeAllclose(emulated, { atol: 0.04 * spread, rtol: 0 });
  });
});
