/** Zero over zero is no number: a network without work has the power of its trimming, and neither FPS nor FPS/W. */

import { describe, expect, it } from 'vitest';
import { withNotFinite } from '../../src/base/text/notFinite.js';
import { compareDesigns, evaluateAll } from '../../src/cost/accelerators/comparison.js';
import { sonic } from '../../src/cost/accelerators/sonic/model.js';
import { workloadOf } from '../../src/cost/accelerators/workload.js';
import { costOfActivity } from '../../src/cost/costReport.js';
import { sparsityStatistics } from '../../src/cost/layerStatistics.js';
import { predictCost } from '../../src/cost/predict.js';
import { costStudy } from '../../src/cost/study.js';
import { compileNetwork } from '../../src/emulation/compiler/compile.js';
import { macSpecs } from '../../src/emulation/compiler/network.js';
import { createBatchRunner } from '../../src/emulation/emulator/batchRunner.js';
import { activityOf } from '../../src/emulation/emulator/countActivity.js';
import { keeps, paretoPoints, searchSpace, undefinedMetrics } from '../../src/experiments/exploration/search.js';
import { parseResult } from '../../src/experiments/result/readResult.js';
import { isMacLayer } from '../../src/networks/types.js';
import { sonicMnistStructure } from '../../src/networks/zoo/sonicMnist.js';
import { costFigure } from '../../src/report/cost/costFigure.js';
import { renderCost } from '../../src/report/cost/costTables.js';
import { metricText } from '../../src/report/explore/exploreReport.js';
import { renderRun } from '../../src/report/run/runReport.js';
import { smallImages, smallNetwork } from '../emulation/emulator/smallNetwork.js';
import { streamsFor } from '../helpers/layers.js';
import { resultJson } from '../report/results.js';
import { hardwareWith } from './activities.js';

const structure = sonicMnistStructure();
const idlePower_mW = 2;
const hardware = hardwareWith({ cost: { idlePower_mW } });
const idle_W = 60 * idlePower_mW * 1e-3;
const none = sparsityStatistics(structure, hardware, 1);

/** The file as JSON readers see it. */
const asJson = (value: unknown) => JSON.parse(JSON.stringify(withNotFinite(value)));

describe('a network of zero weights only', () => {
  const cost = predictCost(none, hardware);
  const wanted = {
    latency_s: 0,
    energy_J: 0,
    framesPerSecond: null,
    framesPerSecondPerWatt: null,
    energyPerBit_J: { denseMac: null, parameter: null, processed: null },
    pipelined: { framesPerSecond: null, framesPerSecondPerWatt: null },
    alternatives: { static: { framesPerSecond: null }, perConversion: { framesPerSecondPerWatt: null } },
  };

  it('has its trimming power, and that of idle units, and no ratio', () => {
    expect(cost).toMatchObject(wanted);
    expect(cost.trimPower_W).toBeGreaterThan(0);
    expect(cost.power_W).toBeCloseTo(cost.trimPower_W + idle_W, 12);
    expect(cost.pipelined.power_W).toBe(cost.power_W);
  });

  it('says so in JSON, and holds nothing there that is no number', () => {
    const json = asJson(cost);
    expect(json).toMatchObject(wanted);
    expect(json.notDefined).toBe(
      'framesPerSecond, framesPerSecondPerWatt, energyPerBit_J.denseMac, energyPerBit_J.parameter, energyPerBit_J.processed ' +
        'not defined: the network does no work, an image takes no time; power is that of trimming and idle units',
    );
    expect(json).not.toHaveProperty('notFinite');
  });

  it('says so in text and figure', () => {
    const study = costStudy(none, hardware, { sparsitySource: 'given' });
    const text = renderCost(study, { verbose: true });
    expect(text).not.toMatch(/NaN|Infinity|undefined/);
    for (const line of ['FPS, one image at a time', 'FPS/W', 'energy per bit, processed']) {
      expect(text).toMatch(new RegExp(`^${line} +not defined +not defined`, 'm'));
    }
    expect(costFigure(study)).not.toMatch(/NaN|Infinity/);
    expect(asJson(study)).not.toHaveProperty('notFinite');
  });

  it('has them as soon as one weight is left', () => {
    const some = predictCost(sparsityStatistics(structure, hardware, 0.999), hardware);
    expect(some.framesPerSecond).toBeCloseTo(1 / some.latency_s, 6);
    expect(some.framesPerSecondPerWatt).toBeCloseTo(1 / some.energy_J, 6);
    expect(some).not.toHaveProperty('notDefined');
  });
});

it('an emulated network of zero weights costs the same', async () => {
  const network = smallNetwork();
  const zeros = {
    ...network,
    layers: network.layers.map((layer) =>
      isMacLayer(layer) ? { ...layer, weight: layer.weight.map(() => 0) } : layer,
    ),
  };
  const scales = macSpecs(network).map((spec) => ({ activationScale: 1, ...streamsFor(spec) }));
  const program = compileNetwork(zeros, hardware, { chipSeed: 1, scales });
  const images = smallImages(2);
  const job = { network: zeros, program, fidelities: [], digital: false, backend: 'wasm' as const, runSeed: 1 };
  const runner = await createBatchRunner({ ...job, images, imageSize: 162 });
  const activity = activityOf(program, (await runner(0, 2)).runs);
  runner.dispose();
  const cost = costOfActivity(activity, program, { parameters: 100 });
  expect(cost).toMatchObject({ framesPerSecond: null, framesPerSecondPerWatt: null, latency_s: 0 });
  expect(cost.power_W).toBeCloseTo(cost.trimPower_W + idle_W, 12);
});

it('hardware that takes no power has frames per second and none per watt', () => {
  const off = { power_mW: 0 };
  const free = hardwareWith({
    ...{ activationDac: off, batchNormDac: off, weightDac: off, adc: off, photodetector: off },
    vcsel: { electricalPower_mW: 0 },
    tuning: { eoPower_uW_per_nm: 0, toPower_mW_per_FSR: 0 },
  });
  const cost = predictCost(sparsityStatistics(structure, free, 0.5), free);
  expect(cost.framesPerSecond).toBeGreaterThan(0);
  expect(cost).toMatchObject({ energy_J: 0, power_W: 0, framesPerSecondPerWatt: null });
  expect(cost.notDefined).toMatch(/^framesPerSecondPerWatt not defined/);
  const workload = workloadOf(structure, { weightSparsity: {} });
  const setting = { hardware: free, table: null, devices: 'own' as const };
  expect(() => compareDesigns(setting, 'ratioOfMeans', [workload])).toThrow(
    'FPS/W is not defined: a design takes no time',
  );
});

describe('explore', () => {
  const axes = [{ path: 'vdu.conv.units', values: [10, 20] }];
  const search = (sparsity: number) =>
    searchSpace({
      networks: [0.5, sparsity].map((share, i) => ({
        name: String(i),
        statistics: (at) => sparsityStatistics(structure, at, share),
      })),
      hardware,
      axes: axes as never,
      points: [[10], [20]],
    }).points;

  it('has no FPS/W where one of the networks does no work, and no NaN anywhere', () => {
    const points = search(1);
    for (const { metrics, worst } of points) {
      expect(metrics).toMatchObject({ fpsPerWatt: null, fps: null });
      expect(worst).toMatchObject({ fpsPerWatt: null, fps: null });
      for (const value of [...Object.values(metrics), ...Object.values(worst)]) {
        expect(value === null || Number.isFinite(value)).toBe(true);
      }
      expect(keeps({ ...points[0]!, metrics, worst }, [{ metric: 'fpsPerWatt', limit: 'least', value: 0 }])).toBe(
        false,
      );
    }
    expect(undefinedMetrics(points)).toBe('fpsPerWatt, fps not defined where null: a network does no work there');
    expect(metricText('fpsPerWatt', null)).toBe('not defined');
    expect(paretoPoints(points, ['fpsPerWatt', 'power'])).toHaveLength(1);
  });

  it('says nothing of that where all do', () => {
    expect(undefinedMetrics(search(0.9))).toBe('');
  });
});

it('SONIC in the comparison has no ratios of a workload without work', () => {
  const all = Object.fromEntries(structure.layers.filter(isMacLayer).map(({ name }) => [name, 1]));
  const setting = { hardware, table: null, devices: 'own' as const };
  const [report] = evaluateAll(sonic, [workloadOf(structure, { weightSparsity: all })], setting);
  expect(report).toMatchObject({ framesPerSecond: null, framesPerSecondPerWatt: null, latency_s: 0 });
  expect(report!.energyPerBit_J).toEqual({ denseMac: null, parameter: null, processed: null });
  expect(report!.power_W).toBeGreaterThan(idle_W);
});

describe('the report of a run', () => {
  it('has no NaN where the network did no work', async () => {
    const cost = predictCost(none, hardware);
    const result = parseResult({ ...(await resultJson()), cost: asJson(cost) }, 'x.json');
    const text = renderRun(result, { verbose: true });
    expect(text).not.toMatch(/NaN|Infinity/);
    expect(text).toMatch(/FPS not defined/);
    expect(text).toMatch(/efficiency +FPS\/W not defined/);
  });
});
