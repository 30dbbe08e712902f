import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DescriptionError } from '../../src/base/errors.js';
import { costReport } from '../../src/cost/costReport.js';
import {
  ACTIONS,
  actionEnergies,
  describedEntries,
  loadEnergyTable,
  parseEnergyTable,
} from '../../src/cost/energyTable.js';
import { activity, convActivity, hardwareWith, inputs, layer } from './activities.js';

const entry = (value: number, unit: string) => ({ value, unit, source: 'made up' });
const table = (entries: object) => parseEnergyTable({ name: 'mine', entries }, 'mine.yaml');

describe('describedEntries', () => {
  it('has a unit and a source for every action', () => {
    const entries = describedEntries(hardwareWith({ cost: { memory: 'literature' } }));
    expect(Object.keys(entries).sort()).toEqual([...ACTIONS].sort());
    for (const { source } of Object.values(entries)) expect(source.length).toBeGreaterThan(10);
    expect(entries.dram.source).toContain('Horowitz');
  });

  it('comes to table 2 of the paper in SI units', () => {
    const energies = actionEnergies(hardwareWith(), null);
    expect(energies.adc).toEqual({ power_W: expect.closeTo(0.062, 12) });
    expect(energies.electroOptic_W_per_nm).toBeCloseTo(4e-6, 15);
    expect(energies.thermoOptic_W_per_nm).toBeCloseTo(27.5e-3 / 18, 12);
    expect([energies.dram_J_per_bit, energies.sram_J_per_bit, energies.control_J]).toEqual([0, 0, 0]);
  });
});

describe("a user's table", () => {
  const counts = activity([convActivity('conv', [100, 300], 10, 5)]);
  const sizes = inputs([layer('conv', 'conv2d')]);
  const cost = (entries: object, overrides = {}) =>
    costReport(counts, sizes, hardwareWith(overrides), table(entries)).devices;
  const plain = costReport(counts, sizes, hardwareWith()).devices;

  it('replaces powers, which stay under the accounting', () => {
    const devices = cost({ adc: entry(31000, 'uW') });
    expect(devices.adc).toBeCloseTo(plain.adc / 2, 18);
    expect(devices.activationDac).toBe(plain.activationDac);
  });

  it('takes energies per action as they are, under both accountings', () => {
    // 80 rows of 10 samples, 5 pJ a conversion; 2000 lit samples of 200 fJ.
    for (const converterAccounting of ['static', 'perConversion']) {
      const devices = cost({ adc: entry(5, 'pJ'), vcsel: entry(200, 'fJ') }, { cost: { converterAccounting } });
      expect(devices.adc).toBeCloseTo(800 * 5e-12, 20);
      expect(devices.vcsel).toBeCloseTo(2000 * 200e-15, 20);
    }
  });

  it('gives tuning per nm, control per partial sum, memory per bit', () => {
    const devices = cost({
      thermoOpticTuning: entry(1, 'mW/nm'),
      electroOpticTuning: entry(8, 'uW/nm'),
      control: entry(2, 'pJ'),
      dram: entry(4, 'pJ/bit'),
    });
    expect(devices.trim / plain.trim).toBeCloseTo(18 / 27.5, 12);
    expect(devices.eoImprint / plain.eoImprint).toBeCloseTo(2, 12);
    expect(devices.control).toBeCloseTo(800 * 2e-12, 20);
    expect(devices.memory).toBeCloseTo(400 * 6 * 4e-12, 20);
  });

  it.each([
    [{ adx: entry(1, 'mW') }, /unknown key 'entries\.adx', did you mean 'entries\.adc'\?/],
    [
      { adc: { ...entry(1, 'mW'), sauce: 1 } },
      /unknown key 'entries\.adc\.sauce', did you mean 'entries\.adc\.source'\?/,
    ],
    [{ adc: entry(1, 'pJ/bit') }, /entries\.adc\.unit/],
    [{ adc: entry(-1, 'mW') }, /entries\.adc\.value/],
    [{ adc: { value: 1, unit: 'mW' } }, /entries\.adc\.source/],
  ])('is refused with the place: %j', (entries, message) => {
    expect(() => table(entries)).toThrow(DescriptionError);
    expect(() => table(entries)).toThrow(message);
  });

  it('names the nearest key at the top, too', () => {
    expect(() => parseEnergyTable({ name: 'a', entrys: {}, entries: {} }, 'f')).toThrow(/did you mean 'entries'/);
    expect(() => parseEnergyTable(null, 'f')).toThrow(DescriptionError);
  });
});

describe('loadEnergyTable', () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'energy-'));
  });
  afterAll(() => rm(folder, { recursive: true }));

  it('reads YAML', async () => {
    const file = join(folder, 'mine.yaml');
    await writeFile(file, "name: mine\nentries:\n  adc: { value: 2.55, unit: mW, source: 'a survey' }\n");
    expect(await loadEnergyTable(file)).toEqual({
      name: 'mine',
      entries: { adc: { value: 2.55, unit: 'mW', source: 'a survey' } },
    });
  });

  it('names the file that is missing or broken', async () => {
    await expect(loadEnergyTable(join(folder, 'none.yaml'))).rejects.toThrow(DescriptionError);
    const file = join(folder, 'broken.yaml');
    await writeFile(file, 'name: [a\nentries: }');
    await expect(loadEnergyTable(file)).rejects.toThrow(/broken\.yaml': not YAML or JSON/);
  });
});
