/** The site built into a folder of its own, served, and open in headless Chromium. */
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import type { Server } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Browser, chromium, type Page } from 'playwright-core';
import { chromiumArguments, findChromium } from '../../scripts/site/browser.mjs';
import { compileForChip } from '../../src/emulation/calibration/calibrate.js';
import { emulate } from '../../src/emulation/emulator/emulate.js';
import { type ExperimentFlags, loadExperiment } from '../../src/experiments/run/loadExperiment.js';
import { calibrateOn } from '../../src/experiments/run/runExperiment.js';

export const browserFile = findChromium();

/** For people to look at; not committed. */
const SCREENSHOTS = fileURLToPath(new URL('../../site/dist/screenshots/', import.meta.url));

export interface PageResult {
  readonly error?: string;
  readonly digital: number[];
  readonly emulated: number[];
}

export class OpenSite {
  private constructor(
    readonly folder: string,
    readonly url: string,
    readonly browser: Browser,
    readonly page: Page,
    private readonly server: Server,
    /** Requests that went to other hosts. */
    readonly elsewhere: readonly string[],
    /** What went wrong in the page that nobody caught. */
    readonly uncaught: readonly string[],
  ) {}

  static async start({ withApi = false, flags = [] as readonly string[] } = {}): Promise<OpenSite> {
    const script = (name: string) => import(new URL(`../../scripts/site/${name}.mjs`, import.meta.url).href);
    const [{ buildSite }, { serveFolder }] = [await script('build'), await script('serve')];
    const folder = mkdtempSync(join(tmpdir(), 'sonic-site-'));
    await buildSite(folder, withApi);
    const { server, url } = await serveFolder(folder);
    const browser = await chromium.launch({ executablePath: browserFile!, args: [...chromiumArguments(), ...flags] });
    const page = await browser.newPage();
    const elsewhere: string[] = [];
    page.on('request', (request) => {
      const place = request.url();
      if (!place.startsWith(url) && !/^(data|blob):/.test(place)) elsewhere.push(place);
    });
    const uncaught: string[] = [];
    page.on('pageerror', ({ message }) => uncaught.push(message));
    return new OpenSite(folder, url, browser, page, server, elsewhere, uncaught);
  }

  async close(): Promise<void> {
    await this.browser.close();
    this.server.close();
    rmSync(this.folder, { recursive: true, force: true });
  }

  /** Opens the lab with a state in its address, as somebody who follows a link. */
  async open(hash: string): Promise<void> {
    await this.page.goto('about:blank');
    await this.page.goto(`${this.url}${hash}`);
  }

  /** Waits until a global of the page is there, or an error. */
  async result<T>(name: string): Promise<T> {
    const isThere = `globalThis.${name} || document.getElementById('error').textContent`;
    await this.page.waitForFunction(isThere, null, { timeout: 150_000 });
    return (await this.page.evaluate(`globalThis.${name}`)) as T;
  }

  async run(): Promise<PageResult> {
    await this.page.click('#run');
    return this.result<PageResult>('sonicResult');
  }

  /** The text of an element, once it matches. */
  async textOf(id: string, pattern: RegExp): Promise<string> {
    await this.page.waitForFunction(
      `new RegExp(${JSON.stringify(pattern.source)}).test(document.getElementById('${id}').textContent)`,
      null,
      { timeout: 60_000 },
    );
    return (await this.page.textContent(`#${id}`))!;
  }

  /** Clicks a button that saves a file. @returns where it lies */
  async download(id: string): Promise<string> {
    const [download] = await Promise.all([this.page.waitForEvent('download'), this.page.click(`#${id}`)]);
    return (await download.path())!;
  }

  async screenshot(name: string): Promise<void> {
    mkdirSync(SCREENSHOTS, { recursive: true });
    await this.page.screenshot({ path: `${SCREENSHOTS}${name}.png`, fullPage: true });
  }
}

type Flags = Partial<ExperimentFlags> & { readonly images: number };

/** The same on the command line: logits of both networks. */
export async function onCommandLine(flags: Flags) {
  const experiment = await loadExperiment({ network: 'mnist', hardware: 'sonic', set: [], ...flags });
  const { network, dataset, calibrationSet } = experiment;
  const calibration = await calibrateOn(network, experiment.hardware, calibrationSet);
  const program = await compileForChip(network, experiment.hardware, 1, calibration);
  const job = { network, program, digital: true, backend: 'wasm', runSeed: 1 } as const;
  const { indices } = dataset;
  const own = indices ? { indices } : {};
  return emulate({ ...job, ...own, images: dataset.images, count: flags.images, threads: 1 });
}
