/** Where chirping sources were tuned: the drive at which their chirp does nothing, by formulas that share nothing with src. */
import { describe, expect, it } from 'vitest';
import { calibrate, compileForChip } from '../../../src/emulation/calibration/calibrate.js';
import { streamMeter } from '../../../src/emulation/calibration/streamMeans.js';
import { compileLayer, drawChip } from '../../../src/emulation/compiler/layerConstants.js';
import type { HardwareDescription } from '../../../src/hardware/description.js';
import { parseHardware } from '../../../src/hardware/parseHardware.js';
import { sonicMnist } from '../../../src/networks/zoo/sonicMnist.js';
import { convSpec, denseSpec, onlyEffects, runReference } from '../../helpers/layers.js';

const CHIRP_NM = 0.01;
const [FSR, WIDTH] = [18, 1550 / 8000];
const F = 1 / Math.sin((Math.PI * WIDTH) / (2 * FSR)) ** 2;
const T = (d: number) => 1 - 1 / (1 + F * Math.sin((Math.PI * d) / FSR) ** 2);
const FULL = T(2 * WIDTH);

/** Slope of a ring that holds w, over full scale, 1/nm: light on its channel is that far on the short side. */
function slope(w: number): number {
  const t = w * FULL;
  const delta = (FSR / Math.PI) * Math.asin(Math.sqrt(t / (F * (1 - t))));
  return (T(-delta + 1e-6) - T(-delta - 1e-6)) / 2e-6 / FULL;
}

const hardwareOf = (tuningPoint: HardwareDescription['vcsel']['tuningPoint']) =>
  parseHardware({ effects: onlyEffects('chirp'), vcsel: { chirp_nm: CHIRP_NM, tuningPoint } });

/** v through a ring that holds w, tuned at `at`. */
const product = (v: number, w: number, at: number) => v * (w + CHIRP_NM * (v - at) * slope(w));

describe.each([
  ['light', { conv: 1.25 / 1.5, plus: 1.25 / 1.5, minus: 1.04 / 1.2 }],
  ['stream', { conv: 1.5 / 4, plus: 1.5 / 3, minus: 1.2 / 3 }],
] as const)('tuningPoint %s', (tuningPoint, at) => {
  const hardware = hardwareOf(tuningPoint);
  const chip = drawChip(hardware, 1);

  it('of a convolution: one drive of the layer', () => {
    const weight = Float32Array.of(1, -0.5);
    const spec = convSpec({ input: [2, 2, 1], kernel: [1, 1], filters: 2, weight, bias: null });
    const emitter = { activationDac: { quantise: false, maximumCode: 1, codeScale: 1 }, floor: 0, passes: 1 } as const;
    const x = Float32Array.of(1, 0.5, 0, 0);
    const meter = streamMeter(spec.geometry, { ...emitter, activationScale: 1 });
    meter.add(x);
    const program = compileLayer(spec, hardware, chip, { activationScale: 1, ...meter.measure() });
    expect(program.lightPoint).toBeCloseTo(at.conv, 12);
    const expected = [...x].flatMap((v) => [product(v, 1, at.conv), -product(v, 0.5, at.conv)]);
    expect(runReference(program, x).y).toBeAllclose(expected, { atol: 1e-7, rtol: 0 });
  });

  it('of a dense layer: a drive for each rail', () => {
    // [inputs][filters]
    const weight = Float32Array.of(1, 0.5, 0, -1, 0, -0.2);
    const spec = denseSpec({ inputs: 2, filters: 3, weight, bias: null });
    const program = compileLayer(spec, hardware, chip, { activationScale: 1 });
    expect(program.lightPoint).toBeAllclose([at.plus, at.minus], { atol: 1e-7, rtol: 0 });
    const expected = [
      product(1, 0.75, at.plus) - product(1, 0.25, at.minus),
      product(0.5, 0.75, at.plus),
      -product(0.2, 0.25, at.minus),
    ];
    expect(runReference(program, Float32Array.of(0.75, 0.25)).y).toBeAllclose(expected, { atol: 1e-7, rtol: 0 });
  });
});

describe('a calibrated program', () => {
  const images = Float32Array.from({ length: 2 * 28 * 28 }, (_, i) => (i % 7) / 6);
  const compiled = async (vcsel: object, selfHeating = false) => {
    const hardware = parseHardware({ vcsel, effects: { selfHeating } });
    const network = sonicMnist(1);
    const { layers } = await compileForChip(network, hardware, 1, await calibrate(network, hardware, images));
    return layers;
  };
  const mean = (values: Float64Array) => {
    const lit = values.filter((value) => value > 0);
    return lit.reduce((sum, value) => sum + value, 0) / lit.length;
  };

  it('has the means of its streams where sources are tuned by them, with self-heating off too', async () => {
    const chirp_nm = 0.005;
    for (const layer of await compiled({ chirp_nm, tuningPoint: 'stream' })) {
      if (layer.kind === 'conv2d') expect(layer.lightPoint).toBeCloseTo(mean(layer.streamMean!), 12);
    }
    for (const layer of await compiled({ chirp_nm, tuningPoint: 'light' })) {
      if (layer.kind === 'conv2d') expect(layer.streamMean).toBeNull();
      else expect(layer.lightPoint![0]).toBeGreaterThan(0);
    }
    for (const layer of await compiled({ tuningPoint: 'stream' })) expect(layer.lightPoint).toBeNull();
  }, 120_000);
});
