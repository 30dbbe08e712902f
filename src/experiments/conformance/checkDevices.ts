/** Cases of kind `ring`, `philox`, `static` and `bank`: pieces that are float64 on every backend. */

import { philoxGroup, philoxNormals, philoxStream, philoxUniforms } from '../../base/random/philox.js';
import { hardwareOf } from '../../hardware/descriptionFiles.js';
import { bankOf, bankTransmission, convDetunings, fcDetunings } from '../../hardware/optics/bank.js';
import {
  convTransmission,
  detuning_nm,
  detuningLinearLevels,
  fcTransmission,
  ringConstants,
  transmission,
} from '../../hardware/optics/ring.js';
import { couplingByDistance } from '../../hardware/optics/thermal.js';
import {
  drawStaticMaps,
  fcThermoOpticShift_nm,
  railErrors,
  thermoOpticShift_nm,
} from '../../hardware/optics/variation.js';
import type { BankCase, PhiloxCase, RingCase, StaticCase } from './caseSchema.js';
import { type Comparison, compareIntegers, compareNumbers } from './deviations.js';

export function checkRing({ hardware, distance_nm, value, expected, tolerance }: RingCase): Comparison[] {
  const description = hardwareOf(hardware);
  const ring = ringConstants(description);
  const imprints = { conv: convTransmission, fc: fcTransmission };
  const near = (quantity: string, actual: number | ArrayLike<number>, wanted: number | number[]) =>
    compareNumbers(quantity, actual, wanted, tolerance.float64, 'mixed');
  return [
    near('Tmin', ring.Tmin, expected.Tmin),
    near('F', ring.finesseCoefficient, expected.F),
    near('linewidth_nm', ring.linewidth_nm, expected.linewidth_nm),
    near('Tfs', ring.Tfs, expected.Tfs),
    near(
      'T',
      distance_nm.map((d) => transmission(ring, d)),
      expected.T,
    ),
    near('reachable', detuningLinearLevels(ring, description.weightDac.bits), expected.reachable),
    ...(['conv', 'fc'] as const).flatMap((kind) => {
      const own = value.map((v) => imprints[kind](ring, v));
      return [
        near(`${kind}.transmission`, own, expected[kind].transmission),
        near(
          `${kind}.detuning_nm`,
          own.map((t) => detuning_nm(ring, t)),
          expected[kind].detuning_nm,
        ),
      ];
    }),
  ];
}

export function checkPhilox({ seed, firstSample, samples, expected, tolerance }: PhiloxCase): Comparison[] {
  const stream = philoxStream(seed);
  const firstGroup = Math.floor(firstSample / 4);
  const words = expected.words.map((_, i) => philoxGroup(stream, firstGroup + i));
  return [
    compareIntegers('key', stream.key, expected.key),
    compareIntegers('counterHigh', stream.counterHigh, expected.counterHigh),
    compareIntegers('words', words, expected.words),
    compareNumbers('normals', philoxNormals(seed, firstSample, samples), expected.normals, tolerance.float64, 'mixed'),
    compareNumbers(
      'uniforms',
      philoxUniforms(seed, firstSample, samples),
      expected.uniforms,
      tolerance.float64,
      'mixed',
    ),
  ];
}

export function checkStatic({ hardware, seeds, bank: kind, unit, expected, tolerance }: StaticCase): Comparison[] {
  const description = hardwareOf(hardware);
  const { slots, waveguides, ringsPerWaveguide: w } = bankOf(description, kind);
  const maps = drawStaticMaps(description, seeds.chip, kind);
  const ofUnit = (map: Float64Array, perRing: number) =>
    map.subarray(unit * 2 * slots * perRing, (unit + 1) * 2 * slots * perRing);
  const near = (quantity: string, actual: ArrayLike<number>, wanted: Parameters<typeof compareNumbers>[2]) =>
    compareNumbers(quantity, actual, wanted, tolerance.float64, 'mixed');
  return [
    compareIntegers('wavelengths', w, expected.wavelengths),
    compareIntegers('waveguides', waveguides, expected.waveguides),
    near('coupling', couplingByDistance(description, w), expected.coupling),
    near('residual', ofUnit(maps.residual, 1), expected.residual),
    near('trim_nm', ofUnit(maps.trim_nm, 1), expected.trim_nm),
    near('xi', ofUnit(maps.coupling, w), expected.xi),
  ];
}

export function checkBank({ hardware, seeds, bank: kind, unit, held, expected, tolerance }: BankCase): Comparison[] {
  const description = hardwareOf(hardware);
  const bank = bankOf(description, kind);
  const errors = railErrors(description, bank, drawStaticMaps(description, seeds.chip, kind));
  const [detunings, errorRows, plus, minus] = [[], [], [], []] as Float64Array[][] as [
    Float64Array[],
    Float64Array[],
    Float64Array[],
    Float64Array[],
  ];
  held.forEach((values, row) => {
    const conv = kind === 'conv' ? convDetunings(bank, values, description.grid.compensation === 'full') : null;
    const rails = conv ? [conv.plus, conv.minus] : [fcDetunings(bank, values)];
    detunings.push(...rails);
    for (const rail of [0, 1] as const) {
      const delta = rails[rail] ?? rails[0]!;
      const thermoOptic = conv
        ? delta.map((d) => thermoOpticShift_nm(description, d))
        : delta.map(() => fcThermoOpticShift_nm(description, bank));
      const error = new Float64Array(bank.slots);
      errors(unit[row]!, rail, thermoOptic, error, 0);
      errorRows.push(error);
      const H = new Float64Array(bank.slots);
      bankTransmission(bank, delta, error, 0, H);
      (rail === 0 ? plus : minus).push(H.subarray(0, values.length));
    }
  });
  const all = (rows: Float64Array[]) => rows.flatMap((row) => Array.from(row));
  const near = (quantity: string, actual: number | ArrayLike<number>, wanted: Parameters<typeof compareNumbers>[2]) =>
    compareNumbers(quantity, actual, wanted, tolerance.float64, 'mixed');
  return [
    compareIntegers('wavelengths', bank.ringsPerWaveguide, expected.wavelengths),
    compareIntegers('waveguides', bank.waveguides, expected.waveguides),
    near('channel_nm', bank.channel_nm, expected.channel_nm),
    near('X', bank.X, expected.X),
    near('c', bank.c, expected.c),
    near('detuning_nm', all(detunings), expected.detuning_nm),
    near('error_nm', all(errorRows), expected.error_nm),
    near('Hplus', all(plus), expected.Hplus),
    near('Hminus', all(minus), expected.Hminus),
  ];
}
