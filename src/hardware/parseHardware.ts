/** Plain objects as descriptions: checked against the schema, and what fields mean beside each other. */
import type { z } from 'zod';
import { DescriptionError } from '../base/errors.js';
import { describeIssues } from '../base/input/issues.js';
import { fillConverterPowers } from './converterPower.js';
import { type HardwareDescription, hardwareSchema } from './description.js';
import { RESPONSE_FIELDS } from './fields/rings.js';
import { measuredResponse, responseProblem } from './optics/measuredResponse.js';
import { noiseTableProblem } from './optics/noiseTable.js';
import type { TableField, TableFiles } from './tableFiles.js';

type Parsed = z.infer<typeof hardwareSchema>;

function deepFreeze<T>(value: T): T {
  if (typeof value === 'object' && value !== null) {
    for (const inner of Object.values(value)) deepFreeze(inner);
    Object.freeze(value);
  }
  return value;
}

/**
 * Checks a plain object against the schema, fills in the values of preset `sonic`, and freezes the result. Beside a
 * measured response, qualityFactor and extinction_dB are the response's own.
 * @param value nested plain object; missing fields take their defaults.
 * @param origin what to call the object in messages: a file name, a preset, `--set`.
 * @param files what rows of measured curves came from, for messages.
 * @throws DescriptionError naming path, value and what is allowed; an unknown key names the nearest one.
 */
export function parseHardware(
  value: unknown,
  origin = 'hardware description',
  files: TableFiles = {},
): HardwareDescription {
  const result = hardwareSchema.safeParse(fillConverterPowers(value ?? {}));
  if (!result.success) {
    throw new DescriptionError(
      `${origin}: ${describeIssues(result.error.issues, value, hardwareSchema, { whole: 'the description' })}`,
    );
  }
  checkNoiseTable(result.data, origin, files);
  const measured = withOwnResponse(result.data, value, origin, files);
  return checkTogether(deepFreeze(measured), origin);
}

/** Deepest notch that the schema knows, and that of a response which goes down to nothing. */
const DEEPEST_dB = 300;

/** What messages call a measured curve. @throws DescriptionError where it is a path still. */
function placeOfTable(rows: unknown, field: TableField, origin: string, files: TableFiles): string {
  const file = files[field];
  const place = `${origin}: ${field}${file === undefined ? '' : ` '${file}'`}`;
  if (typeof rows !== 'string') return place;
  throw new DescriptionError(
    `${place} is the path '${rows}', which nobody read; name it in a description's file or with --set, or give its rows`,
  );
}

/** @throws DescriptionError where a noise table is none. */
function checkNoiseTable({ adc }: Parsed, origin: string, files: TableFiles): void {
  if (adc.noiseTable === null) return;
  const place = placeOfTable(adc.noiseTable, 'adc.noiseTable', origin, files);
  const problem = noiseTableProblem(adc.noiseTable as Exclude<typeof adc.noiseTable, string>);
  if (problem !== null) throw new DescriptionError(`${place}: ${problem}`);
}

/** With the quality factor and extinction of the measured response, where there is one. */
function withOwnResponse(hardware: Parsed, given: unknown, origin: string, files: TableFiles): Parsed {
  const { microring } = hardware;
  const { response, wavelength_nm, freeSpectralRange_nm, fullScaleDetuning_linewidths } = microring;
  if (response === null) return hardware;
  const place = placeOfTable(response, 'microring.response', origin, files);
  const rows = response as Exclude<typeof response, string>;
  const problem = responseProblem(rows, freeSpectralRange_nm, fullScaleDetuning_linewidths);
  if (problem !== null) throw new DescriptionError(`${place}: ${problem}`);
  const { linewidth_nm, transmission, detuning_nm } = measuredResponse(rows, true);
  const floor = transmission[detuning_nm.indexOf(0)]!;
  const own = {
    qualityFactor: wavelength_nm / linewidth_nm,
    extinction_dB: Math.min(-10 * Math.log10(floor), DEEPEST_dB),
  };
  const written = (given as { microring?: Record<string, unknown> }).microring ?? {};
  for (const field of RESPONSE_FIELDS) {
    const value = written[field];
    // What a description was read or saved with is its response's own.
    if (value === undefined || Math.abs((value as number) - own[field]) <= 1e-9 * own[field]) continue;
    throw new DescriptionError(
      `${place}: microring.${field} is ${value} beside it, and its own is ${own[field].toPrecision(6)}; leave ${field} out, or the response`,
    );
  }
  return { ...hardware, microring: { ...microring, ...own } };
}

/** More pairs of neighbouring rings than this are a slip of the pen, not a chip: their maps would not fit in memory. */
const MAXIMUM_COUPLINGS = 1e7;

/** Limits that involve two fields. */
function checkTogether(hardware: HardwareDescription, origin: string): HardwareDescription {
  const { microring: ring, grid: g, calibration } = hardware;
  if (calibration.activationScale === 'perImage' && calibration.activationQuantile < 1) {
    throw new DescriptionError(
      `${origin}: calibration.activationQuantile ${calibration.activationQuantile} has no meaning beside activationScale perImage, ` +
        "where every image's largest value is its scale; leave one of them out",
    );
  }
  if (calibration.photonAverage === 'image' && calibration.photonsPerMultiplication === null) {
    throw new DescriptionError(
      `${origin}: calibration.photonAverage image has no meaning without calibration.photonsPerMultiplication, ` +
        'whose average it is; give that, or leave it at layer',
    );
  }
  const linewidth_nm = ring.wavelength_nm / ring.qualityFactor;
  if (linewidth_nm >= ring.freeSpectralRange_nm) {
    throw new DescriptionError(
      `${origin}: microring.qualityFactor ${ring.qualityFactor} gives a linewidth of ${linewidth_nm.toPrecision(4)} nm, ` +
        `not below freeSpectralRange_nm ${ring.freeSpectralRange_nm}; raise the quality factor`,
    );
  }
  // A measured flank says itself how far it rises.
  if (ring.response === null && 2 * ring.fullScaleDetuning_linewidths * linewidth_nm > ring.freeSpectralRange_nm) {
    throw new DescriptionError(
      `${origin}: microring.fullScaleDetuning_linewidths ${ring.fullScaleDetuning_linewidths} is more than half a free ` +
        `spectral range; at most ${(ring.freeSpectralRange_nm / (2 * linewidth_nm)).toPrecision(4)} here`,
    );
  }
  for (const kind of ['conv', 'fc'] as const) {
    const { size, units } = hardware.vdu[kind];
    const channels = Math.min(size, g.wavelengthsPerWaveguide);
    if (units * size * channels > MAXIMUM_COUPLINGS) {
      throw new DescriptionError(
        `${origin}: vdu.${kind} of ${units} units of ${size} with ${channels} wavelengths per waveguide has more than ` +
          `${MAXIMUM_COUPLINGS} thermal couplings to draw; use fewer or smaller units`,
      );
    }
  }
  return hardware;
}
