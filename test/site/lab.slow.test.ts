/** The lab in headless Chromium: it computes what the command line does, bit for bit, and asks no other host. */
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { hardwareFields } from '../../src/hardware/descriptionPaths.js';
import { browserFile, OpenSite, onCommandLine } from './openSite.js';

const IMAGES = 100;

describe.skipIf(!browserFile)('the lab in a browser', () => {
  let site: OpenSite;

  beforeAll(async () => {
    site = await OpenSite.start();
  });

  afterAll(async () => {
    await site?.close();
  });

  it.each([
    ['mnist', 'sonic', []],
    ['mnist', 'sonic-ideal', []],
    ['mnist', 'sonic-pessimistic', ['adc.bits=8', 'microring.qualityFactor=20000']],
    ['cifar10', 'sonic', []],
  ])('computes what the command line does, bit for bit: %s, %s %j', async (network, hardware, set) => {
    // CIFAR-10's images are a part of the split whose places decide the noise.
    const images = network === 'mnist' ? IMAGES : 20;
    const words = new URLSearchParams({ network, hardware, images: String(images) });
    for (const setting of set) words.append('set', setting);
    await site.open(`#${words}`);
    const result = await site.run();
    expect(result.error).toBeUndefined();
    const expected = await onCommandLine({ network, hardware, set, images });
    expect(result.emulated).toHaveLength(10 * images);
    expect(result.emulated).toEqual([...expected.emulatedLogits!]);
    expect(result.digital).toEqual([...expected.digitalLogits!]);
    await site.screenshot(`${network}-${hardware}`);
  });

  it('computes it after any change, whatever was compiled before', async () => {
    const { page } = site;
    await site.open('#images=3');
    expect((await site.run()).error).toBeUndefined();
    const quantile = 'adc.rangeQuantile=0.99';
    for (const set of [[quantile], [quantile, 'cost.idlePower_mW=5'], ['adc.range=full'], ['adc.bits=9'], []]) {
      const words = new URLSearchParams({ images: '3', network: 'mnist', hardware: 'sonic' });
      for (const setting of set) words.append('set', setting);
      await page.evaluate(`location.hash = '#${words}'`);
      await site.textOf('progress', /^not run yet$/);
      const { emulated } = await site.run();
      expect(emulated).toEqual([...(await onCommandLine({ set, images: 3 })).emulatedLogits!]);
    }
  });

  it('shows the command of its state, and goes back to the one before', async () => {
    const { page } = site;
    await site.open('#hardware=sonic-ideal&images=20&set=adc.bits%3D8');
    const command = 'sonic run mnist --images 20 --hardware sonic-ideal --set adc.bits=8';
    expect(await page.textContent('#command')).toBe(command);
    await page.selectOption('#preset', 'sonic');
    expect(await page.textContent('#command')).toBe(command.replace('sonic-ideal', 'sonic'));
    await page.goBack();
    expect(await page.textContent('#command')).toBe(command);
  });

  it('has a control for each field, of its kind, with range and preset', async () => {
    const { page } = site;
    await site.open('#images=20');
    expect(await page.locator('#fields [id^="field-"]').count()).toBe(hardwareFields().length - 1);
    await page.click('#fields [data-group=grid] summary');
    await page.selectOption('[id="field-grid.compensation"]', 'none');
    expect(await page.textContent('#command')).toBe(
      'sonic run mnist --images 20 --hardware sonic --set grid.compensation=none',
    );
    // The group stays open, and its heading counts what differs.
    expect(await page.textContent('#fields [data-group=grid] summary')).toBe('grid (1 changed)');
    expect(await page.textContent('.changed label')).toBe('grid.compensation');
    expect(await page.textContent('[id="about-grid.compensation"]')).toMatch(/Preset: (gain|full)\.$/);
    expect(await page.textContent('[id="about-adc.bits"]')).toContain('2 to 24.');
    await page.click('#fields [data-group=effects] summary');
    await page.uncheck('[id="field-effects.shotNoise"]');
    expect(await page.textContent('#command')).toContain('--set effects.shotNoise=false');
  });

  it('takes figures away when the state changes; stops, and goes on to the same result', async () => {
    const { page } = site;
    await site.open('#hardware=sonic-ideal&images=16');
    expect((await site.run()).error).toBeUndefined();
    expect(await page.textContent('#emulated')).toContain('95 % interval');
    expect(await page.locator('#layers tbody tr').count()).toBe(4);
    await page.selectOption('#preset', 'sonic');
    expect(await page.textContent('#emulated')).toBe('');
    expect(await page.locator('#layers tbody tr').count()).toBe(0);
    await page.fill('#images', String(IMAGES));
    await page.press('#images', 'Tab');
    // Within the page: from here a hundred images would be done before the click arrives.
    await page.evaluate(`new MutationObserver((_, observer) => {
      if (!/^\\d+ of/.test(document.getElementById('progress').textContent)) return;
      observer.disconnect();
      document.getElementById('stop').click();
    }).observe(document.getElementById('progress'), { childList: true, characterData: true, subtree: true })`);
    await page.click('#run');
    await site.textOf('progress', /^stopped: \d+ of 100/);
    const stopped = await page.textContent('#progress');
    await new Promise((resolve) => setTimeout(resolve, 1500));
    expect(await page.textContent('#progress')).toBe(stopped);
    expect(await page.textContent('#run')).toBe('Continue');
    const { emulated } = await site.run();
    expect(emulated).toEqual([...(await onCommandLine({ images: IMAGES })).emulatedLogits!]);
    expect(await page.textContent('#run')).toBe('Run');
  });

  it('stops a compilation with its worker, and compiles anew to the same result, the state kept', async () => {
    const { page } = site;
    await site.open('#network=cifar10&hardware=sonic&images=4&set=adc.bits%3D9');
    const command = await page.textContent('#command');
    await page.click('#run');
    // Longer than a moment, so how far it is stands at the foot of the window.
    await site.textOf('busy-text', /: \d+ %$/);
    await page.waitForSelector('#busy-stop', { state: 'visible' });
    const workers = page.workers();
    await page.click('#busy-stop');
    // All that compile are new ones; the one that imported the network has nothing to stop.
    const isThere = (worker: (typeof workers)[number]) => page.workers().includes(worker);
    await expect.poll(() => workers.filter(isThere).length, { timeout: 20_000 }).toBe(1);
    expect(page.workers()).toHaveLength(workers.length);
    expect(await page.textContent('#progress')).toMatch(/^stopped: .*%$/);
    expect(await page.isVisible('#busy')).toBe(false);
    expect(await page.textContent('#command')).toBe(command);
    expect(await page.textContent('#error')).toBe('');
    const { emulated } = await site.run();
    const expected = await onCommandLine({ network: 'cifar10', set: ['adc.bits=9'], images: 4 });
    expect(emulated).toEqual([...expected.emulatedLogits!]);
  });

  it('counts in its confusion matrix every image once, and lists those that changed', async () => {
    const { page } = site;
    await site.open('#hardware=sonic-pessimistic&images=32');
    const { emulated, digital } = await site.run();
    const counts = await page.locator('#confusion td').allTextContents();
    expect(counts).toHaveLength(100);
    expect(counts.reduce((sum, text) => sum + Number(text), 0)).toBe(32);
    const classOf = (logits: number[], i: number) => {
      const own = logits.slice(10 * i, 10 * i + 10);
      return own.indexOf(Math.max(...own));
    };
    const changed = Array.from({ length: 32 }, (_, i) => i).filter((i) => classOf(emulated, i) !== classOf(digital, i));
    expect(await page.locator('#changes tbody th').allTextContents()).toEqual(changed.slice(0, 30).map(String));
  });

  it('says what is wrong with a setting, a preset, and a network, of its address', async () => {
    const { page } = site;
    await site.open('#set=adc.bits%3D99');
    expect(await page.textContent('#error')).toMatch(/adc\.bits.*99/);
    await site.open('#set=adc.bit%3D8');
    expect(await page.textContent('#error')).toMatch(/adc\.bit'; .*adc\.bits/);
    await site.open('#hardware=sonik');
    expect(await page.textContent('#error')).toMatch(/'sonik', did you mean 'sonic'\?/);
    await site.open('#network=minst');
    await page.click('#run');
    await site.textOf('error', /no network 'minst'; choose one of mnist, cifar10/);
    await site.open('#images=1001');
    await page.click('#run');
    await site.textOf('error', /images 1001: the page has 1000 of mnist/);
  });

  it('needs no more memory after twenty recompilations', async () => {
    const { page } = site;
    await site.open('#images=1&hardware=sonic-ideal');
    const session = await site.browser.newBrowserCDPSession();
    /** Resident memory of the pages' processes, which workers share with their page, MB. */
    const used = async () => {
      const { processInfo } = await session.send('SystemInfo.getProcessInfo');
      const sizes = processInfo
        .filter(({ type }) => type === 'renderer')
        .map(({ id }) => Number(/^VmRSS:\s*(\d+) kB/m.exec(readFileSync(`/proc/${id}/status`, 'utf8'))?.[1]) / 1024);
      return sizes.reduce((sum, size) => sum + size, 0);
    };
    const recompile = async (bits: number) => {
      await page.evaluate(`location.hash = '#images=1&hardware=sonic-ideal&set=adc.bits=${bits}'`);
      await site.textOf('command', new RegExp(`adc.bits=${bits}$`));
      expect((await site.run()).error).toBeUndefined();
    };
    for (let bits = 4; bits < 8; bits++) await recompile(bits);
    const workers = page.workers().length;
    // Collectors take their time, so that single readings differ by 100 MB: the least of twenty tells.
    const leastOfTwenty = async () => {
      let least = Number.POSITIVE_INFINITY;
      for (let i = 0; i < 20; i++) {
        await recompile(4 + (i % 8));
        least = Math.min(least, await used());
      }
      return least;
    };
    const before = await leastOfTwenty();
    const after = await leastOfTwenty();
    expect(page.workers()).toHaveLength(workers);
    // A program of MNIST has some 10 MB; one kept for each of the twenty would show.
    expect(before).toBeGreaterThan(50);
    expect(after - before).toBeLessThan(100);
  });

  it('asks no other host, and leaves no error unsaid', () => {
    expect(site.elsewhere).toEqual([]);
    expect(site.uncaught).toEqual([]);
  });
});
