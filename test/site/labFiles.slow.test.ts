/** Files into and out of the lab, its sweeps, its look inside an image, and whether everybody can use it. */
import { readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { DuckDBInstance } from '@duckdb/node-api';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { TRIALS } from '../../src/experiments/results/tables.js';
import { parsePlan } from '../../src/experiments/sweep/planSchema.js';
import { loadHardware } from '../../src/hardware/descriptionFiles.js';
import { browserFile, OpenSite, onCommandLine } from './openSite.js';

const FOREIGN = fileURLToPath(new URL('../data/foreign/', import.meta.url));

/** What DuckDB reads of the Parquet: the columns of a store's trials with their types, and the rows of the CSV. */
async function expectSameRows(csv: string, parquet: string): Promise<void> {
  const connection = await (await DuckDBInstance.create()).connect();
  const query = async (sql: string) => (await connection.runAndReadAll(sql)).getRowsJson();
  const columns = await query(`DESCRIBE SELECT * FROM read_parquet('${parquet}')`);
  expect(columns.map(([name, type]) => [name, type])).toEqual(TRIALS.columns.map(({ name, type }) => [name, type]));
  const file = `${parquet}.csv`;
  writeFileSync(file, csv);
  const types = TRIALS.columns.map(({ name, type }) => `'${name}': '${type}'`).join(', ');
  const both = ['FROM read_csv($csv, header = true, types = {$types})', 'FROM read_parquet($parquet)'].map((sql) =>
    sql.replace('$csv', `'${file}'`).replace('$types', types).replace('$parquet', `'${parquet}'`),
  );
  const [fromCsv, fromParquet] = [await query(both[0]!), await query(both[1]!)];
  expect(fromParquet).toHaveLength(csv.trim().split('\r\n').length - 1);
  expect(fromParquet).toEqual(fromCsv);
  connection.closeSync();
}

describe.skipIf(!browserFile)('the lab and files', () => {
  let site: OpenSite;

  beforeAll(async () => {
    site = await OpenSite.start();
  });

  afterAll(async () => {
    await site?.close();
  });

  it.each([
    ['mnist-8.onnx', 'mnist', 'ONNX'],
    ['mlperf_tiny_pretrainedResnet.h5', 'cifar10', 'Keras HDF5'],
  ])('imports %s as the command line does, bit for bit', async (file, dataset, format) => {
    const { page } = site;
    await site.open('#images=8');
    await page.setInputFiles('#own', FOREIGN + file);
    const about = await site.textOf('own-about', new RegExp(`layers, run on ${dataset}`));
    expect(about).toContain(`${file}: ${format}`);
    expect(await page.inputValue('#network')).toBe('own');
    expect(await page.textContent('#command')).toContain(`sonic run ${file} --dataset ${dataset} --images 8`);
    const result = await site.run();
    expect(result.error).toBeUndefined();
    const expected = await onCommandLine({ network: FOREIGN + file, dataset, images: 8 });
    expect(result.emulated).toEqual([...expected.emulatedLogits!]);
    expect(result.digital).toEqual([...expected.digitalLogits!]);
  });

  it('says what is wrong with a file that is broken, that is none, or for other images', async () => {
    const { page } = site;
    await site.open('#images=8');
    const whole = readFileSync(`${FOREIGN}mnist-8.onnx`);
    const give = (name: string, buffer: Buffer) =>
      page.setInputFiles('#own', { name, mimeType: 'application/octet-stream', buffer });
    await give('cut.onnx', whole.subarray(0, 9000));
    await site.textOf('error', /^cut\.onnx: /);
    await give('notes.txt', Buffer.from('not a network'));
    await site.textOf('error', /^notes\.txt: the file begins like no format that can be read/);
    const model = { modelTopology: {}, weightsManifest: [{ paths: ['gone.bin'], weights: [] }] };
    await give('model.json', Buffer.from(JSON.stringify(model)));
    await site.textOf('error', /'gone\.bin': not among the files given to this page/);
    // The network that was there is still the page's.
    expect(await page.inputValue('#network')).toBe('mnist');
    expect((await site.run()).error).toBeUndefined();
    await site.open('#network=own');
    await page.click('#run');
    await site.textOf('error', /cannot hold files of yours: choose the file/);
  });

  it('saves its hardware as the command line reads it, and reads it back to the same state', async () => {
    const { page } = site;
    const set = ['adc.bits=6', 'effects.chirp=true', 'microring.qualityFactor=12000'];
    const hash = `#hardware=sonic-pessimistic&${set.map((one) => `set=${encodeURIComponent(one)}`).join('&')}`;
    await site.open(hash);
    const file = await site.download('download');
    const { name: _, ...expected } = await loadHardware('sonic-pessimistic', set);
    const { name: __, ...saved } = await loadHardware(file);
    expect(saved).toEqual(expected);
    const before = await page.textContent('#command');
    const parts = (text: string) => {
      const [command, ...settings] = text.trim().split(' --set ');
      return { command, settings: settings.sort() };
    };
    await site.open('');
    await page.setInputFiles('#upload', { name: 'hardware.yaml', mimeType: 'text/yaml', buffer: readFileSync(file) });
    await site.textOf('command', /sonic-pessimistic/);
    const after = parts((await page.textContent('#command'))!);
    expect(after.command).toBe(parts(before!).command);
    // What is as the preset has it is nothing to set.
    expect(after.settings).toEqual(['adc.bits=6', 'microring.qualityFactor=12000']);
    const given = { name: 'bad.yaml', mimeType: 'text/yaml', buffer: Buffer.from('adc: { bits: 99 }') };
    await page.setInputFiles('#upload', given);
    await site.textOf('error', /bad\.yaml.*adc\.bits|adc\.bits.*99/);
  });

  it('sweeps two fields to rows that single runs give, beside a plan that the command line takes', async () => {
    const { page } = site;
    await site.open('#images=16&sweep=adc.bits:4,6&sweep=effects.thermalCrosstalk:true,false');
    await page.click('#sweep');
    const csv = await site.result<string>('sonicSweep');
    const [titles, ...rows] = csv.trim().split('\r\n');
    const column = (name: string) => titles!.split(',').indexOf(name);
    expect(rows).toHaveLength(4);
    const accuracy = async (set: string[]) => {
      const { emulatedLogits } = await onCommandLine({ set, images: 16 });
      await site.open(`#images=16&${set.map((one) => `set=${encodeURIComponent(one)}`).join('&')}`);
      const { emulated, ...rest } = await site.run();
      expect(emulated).toEqual([...emulatedLogits!]);
      return rest as unknown as { accuracy: { emulated: number }; cost: { energy_J: number } };
    };
    const last = rows.at(-1)!.split(',');
    expect([last[column('adc.bits')], last[column('effects.thermalCrosstalk')]]).toEqual(['6', 'false']);
    const plan = parsePlan(parse((await page.textContent('#plan'))!));
    expect(plan.axes).toHaveLength(2);
    expect(plan.base).toMatchObject({ network: 'mnist', images: 16, hardware: 'sonic' });
    expect(await page.locator('#sweep-figure img').getAttribute('alt')).toContain('4 of 4 points');
    await site.screenshot('sweep');
    await expectSameRows(csv, await site.download('parquet'));
    const single = await accuracy(['adc.bits=6', 'effects.thermalCrosstalk=false']);
    expect(Number(last[column('emulated')])).toBe(single.accuracy.emulated);
    expect(Number(last[column('energy_J')])).toBe(single.cost.energy_J);
    await site.open('#sweep=adc.bit:4');
    await page.click('#sweep');
    await site.textOf('error', /'adc\.bit' is no field of the hardware, did you mean 'adc\.bits'/);
  });

  it('looks into a test image with the logits of the command line, and into a drawn one', async () => {
    const { page } = site;
    await site.open('#images=4');
    await page.fill('#index', '3');
    await page.click('#look-test');
    const inside = await site.result<{ digital: number[]; emulated: number[] }>('sonicInside');
    const expected = await onCommandLine({ images: 4 });
    expect(inside.emulated).toEqual([...expected.emulatedLogits!.subarray(30, 40)]);
    expect(inside.digital).toEqual([...expected.digitalLogits!.subarray(30, 40)]);
    expect(await page.locator('#inside-result img').count()).toBe(4);
    await page.click('#look-drawn');
    await site.textOf('error', /nothing is drawn/);
    // A stroke from top to bottom is a one.
    await page.evaluate('delete globalThis.sonicInside');
    const box = (await page.locator('#drawing').boundingBox())!;
    await page.mouse.move(box.x + 110, box.y + 40);
    await page.mouse.down();
    await page.mouse.move(box.x + 105, box.y + 180, { steps: 10 });
    await page.mouse.up();
    await page.click('#look-drawn');
    const drawn = await site.result<{ emulated: number[]; image: number[] }>('sonicInside');
    expect(drawn.image).toHaveLength(784);
    expect(drawn.emulated.indexOf(Math.max(...drawn.emulated))).toBe(1);
    await site.screenshot('inside');
  });

  it('draws every device as the command line does', async () => {
    const { page } = site;
    for (const picture of ['ring', 'bank', 'thermal', 'link', 'adc']) {
      await site.open(`#picture=${picture}&unit=fc`);
      await page.click('#pictures summary');
      await page.waitForSelector('#picture-result img', { timeout: 60_000 });
      const source = decodeURIComponent((await page.getAttribute('#picture-result img', 'src'))!);
      expect(source).toContain('<svg');
      expect(await page.textContent('#picture-command')).toContain(`sonic device ${picture}`);
    }
  });

  it.each(['light', 'dark'] as const)('has nothing serious for axe-core in a %s theme, after a run', async (theme) => {
    const { page } = site;
    await page.emulateMedia({ colorScheme: theme });
    await site.open('#images=16&hardware=sonic-pessimistic&set=adc.bits%3D5');
    await site.run();
    await page.click('#fields summary');
    const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
    await page.evaluate(axe);
    const { violations } = (await page.evaluate('axe.run()')) as {
      violations: { id: string; impact: string; nodes: { html: string }[] }[];
    };
    const serious = violations.filter(({ impact }) => impact === 'serious' || impact === 'critical');
    expect(serious.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' ')}`)).toEqual([]);
    await site.screenshot(theme);
  });

  it('fits a phone without sideways scroll, and is worked with keys alone', async () => {
    const { page } = site;
    await page.setViewportSize({ width: 375, height: 700 });
    await site.open('#images=16&hardware=sonic-pessimistic');
    await site.run();
    expect(await page.evaluate('document.documentElement.scrollWidth')).toBeLessThanOrEqual(375);
    await site.screenshot('phone');
    await page.goto(`${site.url}docs/backends.html`);
    expect(await page.evaluate('document.documentElement.scrollWidth')).toBeLessThanOrEqual(375);
    await page.setViewportSize({ width: 1280, height: 720 });
    await site.open('#images=16');
    await page.focus('#images');
    for (let tab = 0; tab < 2; tab++) await page.keyboard.press('Tab');
    await page.keyboard.press('Enter');
    expect((await site.result<{ error?: string }>('sonicResult')).error).toBeUndefined();
  });

  it.each([
    [1280, 720],
    [1920, 1200],
    [375, 700],
  ])('jumps nowhere as it loads, compiles, recompiles and runs in a window of %i x %i', async (width, height) => {
    const page = await site.browser.newPage({ viewport: { width, height } });
    // Shifts right after a click or a key are what somebody asked for; the metric (CLS) leaves them out, and so does this.
    await page.addInitScript(() => {
      const shifts: unknown[] = [];
      Object.assign(globalThis, { shifts });
      new PerformanceObserver((list) => {
        for (const entry of list.getEntries() as (PerformanceEntry & { value: number; hadRecentInput: boolean })[])
          if (!entry.hadRecentInput) shifts.push(entry.value);
      }).observe({ type: 'layout-shift', buffered: true });
    });
    const run = async () => {
      await page.evaluate('delete globalThis.sonicResult');
      await page.click('#run');
      await page.waitForFunction('globalThis.sonicResult', null, { timeout: 150_000 });
      await page.waitForTimeout(300);
    };
    await page.goto(`${site.url}#images=32`);
    await page.waitForTimeout(600);
    await run();
    await page.selectOption('#preset', 'sonic-pessimistic');
    await page.waitForTimeout(600);
    await run();
    const shifts = (await page.evaluate('globalThis.shifts')) as number[];
    await page.close();
    expect(shifts.reduce((sum, value) => sum + value, 0)).toBeLessThan(0.1);
  });

  it('asks no other host, and leaves no error unsaid', () => {
    expect(site.elsewhere).toEqual([]);
    expect(site.uncaught).toEqual([]);
  });
});
