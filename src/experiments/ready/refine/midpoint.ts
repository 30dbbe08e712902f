/** A value of an axis between two others. */
import { SonicError } from '../../../base/errors.js';
import { nestedSettings } from '../../../hardware/descriptionPaths.js';
import { presetHardware } from '../../../hardware/presets/index.js';
import { RUN_PATHS } from '../../sweep/planPaths.js';
import { parseRunSettings } from '../../sweep/planSchema.js';
import type { AxisValue, SweepAxis } from '../../sweep/types.js';

/** Digits of a value that is added: thresholds are read by people. */
const DIGITS = 3;

function accepts(paths: readonly string[], value: number): boolean {
  const nested = nestedSettings(paths.map((path) => [path, value]));
  try {
    if (RUN_PATHS.includes(paths[0]!)) parseRunSettings(nested, paths[0]!);
    else presetHardware('sonic', nested);
    return true;
  } catch (error) {
    if (error instanceof SonicError) return false;
    throw error;
  }
}

/**
 * The value half way between two on the axis' scale, a whole number where the setting takes no other; null where none fits
 * between them, or the axis is not of a single number. Between 0 and another value no logarithm is half way.
 */
export function midpoint({ paths, scale, same = false }: SweepAxis, a: AxisValue, b: AxisValue): number | null {
  if (typeof a !== 'number' || typeof b !== 'number' || (paths.length !== 1 && !same)) return null;
  const exact = scale === 'log' && a * b > 0 ? Math.sqrt(a * b) : (a + b) / 2;
  const isBetween = (value: number) => value > Math.min(a, b) && value < Math.max(a, b);
  const candidates = [Number(exact.toPrecision(DIGITS)), Math.round(exact)];
  return candidates.find((value) => isBetween(value) && accepts(paths, value)) ?? null;
}
