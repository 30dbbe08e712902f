/** Cases of kind `ring`, `philox`, `static` and `bank`: pieces that are float64 on every backend. */

import { philoxGroup, philoxNormals, philoxStream, philoxUniforms } from '../../base/random/philox.js';
import { hardwareOf } from '../../hardware/descriptionFiles.js';
import { bankOf, bankTransmission, fcDetunings } from '../../hardware/optics/bank.js';
import { convDetunings } from '../../hardware/optics/convBank.js';
import { linkBudget } from '../../hardware/optics/linkBudget.js';
import {
  convTransmission,
  detuning_nm,
  detuningLinearLevels,
  fcTransmission,
  ownTransmission,
  ringConstants,
  transmission,
  transmissionSlope_per_nm,
} from '../../hardware/optics/ring.js';
import { couplingByDistance } from '../../hardware/optics/thermal.js';
import {
  addHeating,
  bankErrors,
  drawStaticMaps,
  fcThermoOpticShift_nm,
  fullHeating_nm,
  thermoOpticShift_nm,
  unitErrors,
} from '../../hardware/optics/variation.js';
import type { BankCase, NestedNumbers, PhiloxCase, RingCase, StaticCase } from './caseSchema.js';
import { type Comparison, compareIntegers, compareNumbers } from './deviations.js';

export function checkRing({ hardware, distance_nm, value, expected, tolerance }: RingCase): Comparison[] {
  const description = hardwareOf(hardware);
  const ring = ringConstants(description);
  const imprints = { conv: convTransmission, fc: fcTransmission };
  const near = (quantity: string, actual: number | ArrayLike<number>, wanted: number | number[]) =>
    compareNumbers(quantity, actual, wanted, tolerance.float64, 'mixed');
  return [
    near('Tmin', ring.Tmin, expected.Tmin),
    ...(expected.F === undefined ? [] : [near('F', ring.finesseCoefficient, expected.F)]),
    near('linewidth_nm', ring.linewidth_nm, expected.linewidth_nm),
    near('Tfs', ring.Tfs, expected.Tfs),
    near(
      'T',
      distance_nm.map((d) => transmission(ring, d)),
      expected.T,
    ),
    ...(expected.slope_per_nm
      ? [
          near(
            'slope_per_nm',
            distance_nm.map((d) => transmissionSlope_per_nm(ring, d)),
            expected.slope_per_nm,
          ),
        ]
      : []),
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

/** A map that is not drawn. */
const NOTHING = new Float64Array(0);

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
    ...(expected.heatedTrim_nm ? [near('heatedTrim_nm', ofUnit(maps.heatedTrim_nm, 1), expected.heatedTrim_nm)] : []),
    ...(expected.drift ? [near('drift', ofUnit(maps.drift ?? NOTHING, 1), expected.drift)] : []),
    ...(expected.gain ? [near('gain', ofUnit(maps.gain ?? NOTHING, 1), expected.gain)] : []),
    ...(expected.railGain
      ? [
          near(
            'railGain',
            (maps.railGain ?? NOTHING).subarray(unit * 2 * waveguides, (unit + 1) * 2 * waveguides),
            expected.railGain,
          ),
        ]
      : []),
    ...(expected.source
      ? [near('source', (maps.source ?? NOTHING).subarray(unit * slots, (unit + 1) * slots), expected.source)]
      : []),
  ];
}

export function checkBank(given: BankCase): Comparison[] {
  const { bank: kind, unit, held, streamExcess, expected, tolerance } = given;
  const hardware = hardwareOf(given.hardware);
  const bank = bankOf(hardware, kind);
  const errors = bankErrors(hardware, bank, drawStaticMaps(hardware, given.seeds.chip, kind));
  const full_nm = fullHeating_nm(hardware, linkBudget(hardware, bank).I_A);
  const transmissionOf = bankTransmission(bank);
  const detunings: Float64Array[] = [];
  const errorRows: Float64Array[] = [];
  const transmissions: [Float64Array[], Float64Array[]] = [[], []];
  const slopes: [Float64Array[], Float64Array[]] = [[], []];
  held.forEach((values, row) => {
    const conv = kind === 'conv' ? convDetunings(bank, values, hardware.grid.compensation === 'full') : null;
    const rails = conv ? [conv.plus.detuning_nm, conv.minus.detuning_nm] : [fcDetunings(bank, values)];
    detunings.push(...rails);
    for (const rail of [0, 1] as const) {
      const detuning_nm = rails[rail] ?? rails[0]!;
      const thermoOptic = conv
        ? detuning_nm.map((d) => thermoOpticShift_nm(hardware, d))
        : detuning_nm.map(() => fcThermoOpticShift_nm(hardware, bank));
      const error = new Float64Array(bank.slots);
      errors.rail(unit[row]!, rail, thermoOptic, error, 0);
      if (streamExcess) {
        const ofRow = streamExcess[row] as NestedNumbers;
        const excess = (conv ? ofRow : ofRow[rail]) as number[];
        addHeating({ full_nm, excess, transmission: ownTransmission(bank.ring, detuning_nm) }, error);
      }
      errorRows.push(error);
      const [H, D] = [new Float64Array(bank.slots), new Float64Array(bank.slots)];
      transmissionOf(detuning_nm, error, 0, H, unitErrors(errors, bank, unit[row]!, rail), D);
      transmissions[rail].push(H.subarray(0, values.length));
      slopes[rail].push(D.subarray(0, values.length));
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
    near('Hplus', all(transmissions[0]), expected.Hplus),
    near('Hminus', all(transmissions[1]), expected.Hminus),
    ...(expected.Dplus ? [near('Dplus', all(slopes[0]), expected.Dplus)] : []),
    ...(expected.Dminus ? [near('Dminus', all(slopes[1]), expected.Dminus)] : []),
  ];
}
