/** The site in headless Chromium: the lab computes what the command line does, bit for bit, and asks no other host. */
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync } from 'node:fs';
import type { Server } from 'node:http';
import { fileURLToPath } from 'node:url';
import { type Browser, chromium, type Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { compileForChip } from '../../src/emulation/calibration/calibrate.js';
import { emulate } from '../../src/emulation/emulator/emulate.js';
import { loadExperiment } from '../../src/experiments/run/loadExperiment.js';
import { calibrateOn } from '../../src/experiments/run/runExperiment.js';

const BROWSERS = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];
const browserFile = BROWSERS.find((file) => existsSync(file));
const IMAGES = 100;
/** For people to look at; not committed. */
const SCREENSHOTS = fileURLToPath(new URL('../../site/dist/screenshots/', import.meta.url));

interface PageResult {
  readonly error?: string;
  readonly digital: number[];
  readonly emulated: number[];
}

/** The same on the threads of the command line. */
async function onCommandLine(hardware: string, set: readonly string[]) {
  const experiment = await loadExperiment({ network: 'mnist', hardware, set, images: IMAGES });
  const { network, dataset, calibrationSet } = experiment;
  const calibration = await calibrateOn(network, experiment.hardware, calibrationSet);
  const program = await compileForChip(network, experiment.hardware, 1, calibration);
  const job = { network, program, digital: true, backend: 'wasm', runSeed: 1 } as const;
  return emulate({ ...job, images: dataset.images, count: IMAGES, threads: 1 });
}

describe.skipIf(!browserFile)('the site in a browser', () => {
  let server: Server;
  let url: string;
  let folder: string;
  let browser: Browser;
  let page: Page;
  const elsewhere: string[] = [];

  beforeAll(async () => {
    const script = (name: string) => import(new URL(`../../scripts/site/${name}.mjs`, import.meta.url).href);
    const { buildSite, SITE } = await script('build');
    const { serveFolder } = await script('serve');
    await buildSite();
    folder = SITE;
    ({ server, url } = await serveFolder(SITE));
    const args = process.getuid?.() === 0 ? ['--no-sandbox'] : [];
    browser = await chromium.launch({ executablePath: browserFile!, args });
    page = await browser.newPage();
    page.on('request', (request) => {
      const place = request.url();
      if (!place.startsWith(url) && !/^(data|blob):/.test(place)) elsewhere.push(place);
    });
  });

  afterAll(async () => {
    await browser?.close();
    server?.close();
  });

  /** Opens the lab with a state in its address, as somebody who follows a link. */
  async function open(hash: string): Promise<void> {
    await page.goto('about:blank');
    await page.goto(`${url}${hash}`);
  }

  async function run(): Promise<PageResult> {
    await page.click('#run');
    await page.waitForFunction('globalThis.sonicResult', null, { timeout: 150_000 });
    return (await page.evaluate('globalThis.sonicResult')) as PageResult;
  }

  it.each([
    ['sonic', []],
    ['sonic-ideal', []],
    ['sonic-pessimistic', ['adc.bits=8', 'microring.qualityFactor=20000']],
  ])('computes what the command line does, bit for bit: %s %j', async (preset, settings) => {
    const words = new URLSearchParams({ hardware: preset, images: String(IMAGES) });
    for (const setting of settings) words.append('set', setting);
    await open(`#${words}`);
    const result = await run();
    expect(result.error).toBeUndefined();
    const expected = await onCommandLine(preset, settings);
    expect(result.emulated).toHaveLength(10 * IMAGES);
    expect(result.emulated).toEqual([...expected.emulatedLogits!]);
    expect(result.digital).toEqual([...expected.digitalLogits!]);
    mkdirSync(SCREENSHOTS, { recursive: true });
    await page.screenshot({ path: `${SCREENSHOTS}${preset}.png`, fullPage: true });
  });

  it('shows the command of its state, and goes back to the one before', async () => {
    await open('#hardware=sonic-ideal&images=20&set=adc.bits%3D8');
    const command = 'sonic run mnist --images 20 --hardware sonic-ideal --set adc.bits=8';
    expect(await page.textContent('#command')).toBe(command);
    await page.selectOption('#preset', 'sonic');
    expect(await page.textContent('#command')).toBe(command.replace('sonic-ideal', 'sonic'));
    await page.goBack();
    expect(await page.textContent('#command')).toBe(command);
  });

  it('takes figures away when the state changes, and stops', async () => {
    await open('#hardware=sonic-ideal&images=16');
    expect((await run()).error).toBeUndefined();
    expect(await page.textContent('#emulated')).toContain('95 % interval');
    await page.selectOption('#preset', 'sonic');
    expect(await page.textContent('#emulated')).toBe('');
    await page.fill('#images', '1000');
    await page.press('#images', 'Tab');
    await page.click('#run');
    await page.waitForFunction("document.getElementById('progress').textContent.includes('of 1000 images')");
    await page.click('#stop');
    const stopped = await page.textContent('#progress');
    expect(stopped).toMatch(/^stopped: \d+ of 1000/);
    await new Promise((resolve) => setTimeout(resolve, 1500));
    expect(await page.textContent('#progress')).toBe(stopped);
  });

  it('says what is wrong with a setting, and a preset, of its address', async () => {
    await open('#set=adc.bits%3D99');
    expect(await page.textContent('#error')).toMatch(/adc\.bits.*99/);
    await open('#set=adc.bit%3D8');
    expect(await page.textContent('#error')).toMatch(/adc\.bit'; .*adc\.bits/);
    await open('#hardware=sonik');
    expect(await page.textContent('#error')).toMatch(/'sonik', did you mean 'sonic'\?/);
  });

  it('has no link on the documentation that leads nowhere on the site', async () => {
    const pages = readdirSync(`${folder}/docs`, { recursive: true, encoding: 'utf8' }).filter((name) =>
      name.endsWith('.html'),
    );
    expect(pages.length).toBeGreaterThan(30);
    const broken: string[] = [];
    for (const name of pages) {
      const text = readFileSync(`${folder}/docs/${name}`, 'utf8');
      for (const [, target] of text.matchAll(/(?:href|src)="([^"#:]+)(?:#[^"]*)?"/g)) {
        const place = new URL(target!, `file://${folder}/docs/${name}`);
        if (!existsSync(fileURLToPath(place))) broken.push(`${name}: ${target}`);
      }
    }
    expect(broken).toEqual([]);
  });

  it('asks no other host, and is small', () => {
    expect(elsewhere).toEqual([]);
    const bytes = (name: string) => statSync(`${folder}/${name}`).size;
    const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter(
      (name) => !name.startsWith('screenshots') && statSync(`${folder}/${name}`).isFile(),
    );
    expect(files.reduce((sum, name) => sum + bytes(name), 0)).toBeLessThan(25e6);
    const first = files.filter((name) => name === 'index.html' || /^assets\/.*\.(js|css)$/.test(name));
    expect(first.reduce((sum, name) => sum + bytes(name), 0)).toBeLessThan(2e6);
  });
});
