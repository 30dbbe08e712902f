/** The whole site: its links, its size, its search, its API reference. */
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { browserFile, OpenSite } from './openSite.js';

describe.skipIf(!browserFile)('the site', () => {
  let site: OpenSite;
  let files: string[];

  beforeAll(async () => {
    site = await OpenSite.start({ withApi: true });
    files = readdirSync(site.folder, { recursive: true, encoding: 'utf8' }).filter((name) =>
      statSync(`${site.folder}/${name}`).isFile(),
    );
  }, 300_000);

  afterAll(async () => {
    await site?.close();
  });

  it('has no link that leads nowhere on the site', () => {
    const pages = files.filter((name) => name.endsWith('.html'));
    expect(pages.filter((name) => name.startsWith('docs/')).length).toBeGreaterThan(30);
    expect(pages.filter((name) => name.startsWith('api/')).length).toBeGreaterThan(50);
    const broken: string[] = [];
    for (const name of pages) {
      const text = readFileSync(`${site.folder}/${name}`, 'utf8').replace(/<script>[\s\S]*?<\/script>/g, '');
      for (const [, target] of text.matchAll(/(?:href|src)="([^"#:]+)(?:#[^"]*)?"/g)) {
        const place = new URL(target!, pathToFileURL(`${site.folder}/${name}`));
        if (!existsSync(fileURLToPath(place))) broken.push(`${name}: ${target}`);
      }
    }
    expect(broken).toEqual([]);
  });

  it('has less than 25 MB, and the lab opens with less than 2 MB', async () => {
    const bytes = files.reduce((sum, name) => sum + statSync(`${site.folder}/${name}`).size, 0);
    expect(bytes).toBeLessThan(25e6);
    const page = await site.browser.newPage();
    const first: Promise<number>[] = [];
    page.on('response', (response) => first.push(response.body().then((body) => body.length)));
    await page.goto(site.url, { waitUntil: 'networkidle' });
    const loaded = (await Promise.all(first)).reduce((sum, size) => sum + size, 0);
    await page.close();
    expect(loaded).toBeGreaterThan(100_000);
    expect(loaded).toBeLessThan(2e6);
  });

  it.each([
    ['docs/index.html', 'crosstalk', /physics/],
    ['docs/experiments/README.html', 'safetens', /importing|formats/],
  ])('finds from %s what is written about %s', async (from, words, where) => {
    const { page } = site;
    await page.goto(site.url + from);
    await page.fill('#search', words);
    await page.waitForSelector('#found a');
    const hrefs = await page
      .locator('#found a')
      .evaluateAll((links) => links.map((link) => (link as HTMLAnchorElement).href));
    expect(hrefs.some((href) => where.test(href))).toBe(true);
    const [target] = hrefs.filter((href) => where.test(href));
    await page.goto(target!);
    expect((await page.textContent('main'))!.toLowerCase()).toContain(words);
    const anchor = new URL(target!).hash.slice(1);
    if (anchor) expect(await page.locator(`[id="${anchor}"]`).count()).toBe(1);
    await page.fill('#search', 'qqqqxyzzy');
    await page.waitForFunction("document.getElementById('found').textContent.includes('nothing about')");
  });

  it('documents what src/index.ts exports, and asks no other host', async () => {
    const { page } = site;
    await page.goto(`${site.url}api/index.html`);
    for (const name of ['loadExperiment', 'runExperiment', 'presetHardware', 'loadNetworkFile']) {
      expect(files).toContain(`api/functions/index.${name}.html`);
    }
    await page.goto(`${site.url}api/functions/index.loadNetworkFile.html`);
    expect(await page.textContent('body')).toContain('Loads a network from a file');
    expect(site.elsewhere).toEqual([]);
    expect(site.uncaught).toEqual([]);
  });
});
