/**
 * The lab in headless Chromium beside the command line on the same machine, in turn. Prints one JSON object.
 * Usage: node site.mjs IMAGES ROUNDS
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { compileForChip } from '../../dist/emulation/calibration/calibrate.js';
import { emulate } from '../../dist/emulation/emulator/emulate.js';
import { loadExperiment } from '../../dist/experiments/run/loadExperiment.js';
import { calibrateOn } from '../../dist/experiments/run/runExperiment.js';
import { loadHardware } from '../../dist/hardware/descriptionFiles.js';
import { chromiumArguments, findChromium } from '../../scripts/site/browser.mjs';
import { buildSite } from '../../scripts/site/build.mjs';
import { serveFolder } from '../../scripts/site/serve.mjs';
import { median } from './measure.mjs';

const [images, rounds] = process.argv.slice(2).map(Number);
const SONIC = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url));
/** Fields to change: one of the converters alone, one that every ring of the chip depends on, and one of the costs alone; values in turn. */
const CHANGES = {
  'adc.bits': (i) => 8 + (i % 4),
  'microring.qualityFactor': (i) => 15000 + 100 * i,
  'tuning.eoPower_uW_per_nm': (i) => 5 + i,
};
const REPEATS = 5;

/** From a change of the state to the first image's figures on the page, in ms. */
function recompile(page, hash) {
  return page.evaluate(async (to) => {
    delete globalThis.sonicResult;
    const started = performance.now();
    const isShown = new Promise((resolve) => addEventListener('popstate', () => setTimeout(resolve), { once: true }));
    location.hash = to;
    await isShown;
    document.getElementById('run').click();
    while (!globalThis.sonicResult) await new Promise((resolve) => setTimeout(resolve, 1));
    if (globalThis.sonicResult.error) throw new Error(globalThis.sonicResult.error);
    return performance.now() - started;
  }, hash);
}

/** Processor time of the browser so far, all processes, in ms. */
async function processorTime_ms(session) {
  const { processInfo } = await session.send('SystemInfo.getProcessInfo');
  return 1000 * processInfo.reduce((sum, { cpuTime }) => sum + cpuTime, 0);
}

/** The same without a browser: hardware, compilation, first image; network and calibration are kept. */
async function nodeRecompiler() {
  const experiment = await loadExperiment({ network: 'mnist', hardware: 'sonic', set: [], images: 1 });
  const { network, dataset, calibrationSet, hardware: preset } = experiment;
  const calibration = await calibrateOn(network, preset, calibrationSet);
  return async (set) => {
    const started = performance.now();
    const program = await compileForChip(network, await loadHardware('sonic', [set]), 1, calibration);
    await emulate({ network, program, digital: true, backend: 'wasm', runSeed: 1, images: dataset.images, count: 1 });
    return performance.now() - started;
  };
}

async function measureRecompile(page, session) {
  const inNode = await nodeRecompiler();
  const rows = [];
  for (const [path, valueAt] of Object.entries(CHANGES)) {
    const hashOf = (i) => `#images=1&set=${path}=${valueAt(i)}`;
    await recompile(page, hashOf(0));
    await inNode(`${path}=${valueAt(0)}`);
    const [wall, processor, node] = [[], [], []];
    for (let i = 1; i <= REPEATS; i++) {
      const before = await processorTime_ms(session);
      wall.push(await recompile(page, hashOf(i)));
      processor.push((await processorTime_ms(session)) - before);
      node.push(await inNode(`${path}=${valueAt(i)}`));
    }
    rows.push({ path, wall_ms: median(wall), processor_ms: median(processor), node_ms: median(node) });
  }
  return rows;
}

async function runInLab(page) {
  await recompile(page, `#images=${images}`);
  const { imagesPerSecond, threads } = await page.evaluate('globalThis.sonicResult');
  await page.evaluate("location.hash = '#images=1'");
  return { imagesPerSecond, threads };
}

function runOnCommandLine(threads) {
  const args = [SONIC, 'run', 'mnist', '--images', String(images), '--threads', String(threads), '--json', '-'];
  return JSON.parse(execFileSync(process.execPath, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] })).run
    .imagesPerSecond;
}

async function measure(executablePath) {
  const { chromium } = await import('playwright-core');
  const folder = mkdtempSync(join(tmpdir(), 'sonic-bench-site-'));
  await buildSite(folder, false);
  const { server, url } = await serveFolder(folder);
  const browser = await chromium.launch({ executablePath, args: chromiumArguments() });
  try {
    const page = await browser.newPage();
    await page.goto(`${url}#images=1`);
    const recompiled = await measureRecompile(page, await browser.newBrowserCDPSession());
    // The first run starts the threads.
    const { threads } = await runInLab(page);
    const [lab, commandLine] = [[], []];
    for (let round = 0; round < rounds; round++) {
      commandLine.push(runOnCommandLine(threads));
      lab.push((await runInLab(page)).imagesPerSecond);
    }
    const ratio = median(lab.map((rate, i) => rate / commandLine[i]));
    const rates = { lab: median(lab), commandLine: median(commandLine), ratio };
    return { browser: browser.version(), recompiled, images, threads, rates };
  } finally {
    await browser.close();
    server.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

const executable = findChromium();
const result = executable
  ? await measure(executable)
  : { absent: 'no Chromium here: install chromium, or name one in SONIC_CHROMIUM' };
console.log(JSON.stringify(result));
