import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { loadEnergyTable } from '../../src/cost/energyTable.js';
import { sparsityStatistics } from '../../src/cost/layerStatistics.js';
import { predictCost } from '../../src/cost/predict.js';
import { costStudy } from '../../src/cost/study.js';
import { sonicMnistStructure } from '../../src/networks/zoo/sonicMnist.js';
import { costFigure } from '../../src/report/cost/costFigure.js';
import { renderCost } from '../../src/report/cost/costTables.js';
import { hardwareWith } from './activities.js';

const hardware = hardwareWith();
const statistics = sparsityStatistics(sonicMnistStructure(), hardware, 0.5);
const study = costStudy(statistics, hardware, { sparsitySource: 'as given' });

describe('costStudy', () => {
  it('has the same counts under both accountings', () => {
    for (const converterAccounting of ['static', 'perConversion'] as const) {
      const expected = predictCost(statistics, hardwareWith({ cost: { converterAccounting } }));
      expect(study.costs[converterAccounting]).toEqual(expected);
    }
    expect(study.costs.static.latency_s).toBe(study.costs.perConversion.latency_s);
  });

  it('has what the layers did', () => {
    // Worked example: 16 * 40 slices of 25 weights at 50 % in chunks of 5: 640 * (2.5 + 0.4) rows; 576 positions each.
    expect(study.layers[1]).toMatchObject({
      name: 'conv2',
      macs: 9_216_000,
      weightSparsity: 0.5,
      activationSparsity: 0.5,
      rows: 1856,
      partialSums: 1856 * 576,
    });
  });

  it('trims a chip where one is named', () => {
    const chip = costStudy(statistics, hardware, { sparsitySource: '', chipSeed: 3 });
    expect(chip.costs.static.trimPower_W).not.toBe(study.costs.static.trimPower_W);
    expect(chip.costs.static).toEqual(predictCost(statistics, hardware, { chipSeed: 3 }));
  });
});

describe('the example of a table', () => {
  it('loads, and replaces what it names', async () => {
    const table = await loadEnergyTable(fileURLToPath(new URL('../../docs/energies-example.yaml', import.meta.url)));
    const other = costStudy(statistics, hardware, { sparsitySource: '', table }).costs.static;
    // 2.55 mW instead of 62 mW.
    expect(other.devices.adc / study.costs.static.devices.adc).toBeCloseTo(2.55 / 62, 12);
    expect(other.devices.activationDac).toBeLessThan(study.costs.static.devices.activationDac);
    expect(renderCost(costStudy(statistics, hardware, { sparsitySource: '', table }))).toContain(
      "table 'converters of an electronic-photonic survey': activationDac, adc, photodetector, dram",
    );
  });
});

describe('the report', () => {
  const text = renderCost(study, { verbose: true });

  it('has a line for every layer and every device that draws something, and both accountings', () => {
    for (const { name } of study.layers) expect(text).toMatch(new RegExp(`^${name} +(CONV|FC) `, 'm'));
    for (const device of ['VCSELs', 'activation DACs', 'ADCs', 'TO trim']) {
      expect(text).toMatch(new RegExp(`^${device} +[\\d.]+ [munp]?J`, 'm'));
    }
    expect(text).not.toMatch(/^memory /m);
    for (const what of ['denseMac', 'parameter', 'processed']) {
      expect(text).toMatch(new RegExp(`^energy per bit, ${what} +[\\d.]+ [npf]J +[\\d.]+ [npf]J$`, 'm'));
    }
    // conv2: 38 rounds of 20.25 + 14.4 + 575 * 14 ns, 307 us; conv1 3 rounds of 11 us; the dense layers 27 us.
    expect(text).toMatch(/^latency +367 us +367 us$/m);
    expect(text).toMatch(/^activationDac +40 mW {2}hardware description/m);
  });

  it('energies of layers and of devices add up to the same, in the tables too', () => {
    const { layers, devices, energy_J } = study.costs.static;
    const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0);
    expect(sum(layers.map((layer) => layer.energy_J)) / energy_J).toBeCloseTo(1, 12);
    expect(sum(Object.values(devices)) / energy_J).toBeCloseTo(1, 12);
    const totals = [...text.matchAll(/^all .*$/gm)].map(([line]) => line);
    expect(totals).toHaveLength(3);
    const written = `${(energy_J * 1e3).toFixed(2)} mJ`;
    for (const line of totals.slice(0, 2)) expect(line).toContain(written);
  });

  it('the figure stacks devices for every layer', () => {
    const svg = costFigure(study);
    for (const { name } of study.layers) expect(svg).toContain(`>${name}<`);
    for (const label of ['activation DACs', 'TO trim', 'others']) expect(svg).toContain(label);
  });
});
