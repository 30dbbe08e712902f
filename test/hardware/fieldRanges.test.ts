/** Ranges in words, against what the check of a description takes. */
import { describe, expect, it } from 'vitest';
import { hardwareSchema } from '../../src/hardware/description.js';
import { hardwareFields, mergeDescription } from '../../src/hardware/descriptionPaths.js';
import { fieldRanges } from '../../src/hardware/fieldRanges.js';
import { presetHardware } from '../../src/hardware/presets/index.js';

const ranges = fieldRanges();
const nested = (path: string, value: unknown) =>
  path.split('.').reduceRight<unknown>((inner, key) => ({ [key]: inner }), value) as object;
/** Whether the schema refuses the field itself. */
function isRefused(path: string, value: unknown): boolean {
  const changed = mergeDescription(presetHardware('sonic'), nested(path, value));
  const { error } = hardwareSchema.safeParse(changed);
  return error?.issues.some((issue) => issue.path.join('.') === path) ?? false;
}

describe('ranges of fields', () => {
  it('are there for each field that is', () => {
    expect([...ranges.keys()].sort()).toEqual(
      hardwareFields()
        .map(({ path }) => path)
        .sort(),
    );
    for (const [path, { range }] of ranges) expect(range, path).not.toBe('');
  });

  it('say what stands in the description of the hardware', () => {
    const words = (path: string) => ranges.get(path)!.range;
    expect(words('adc.bits')).toBe('2 to 24');
    expect(words('adc.rangeQuantile')).toBe('above 0, at most 1');
    expect(words('adc.range')).toBe('calibrated, full or 0.000001 to 1000000');
    expect(words('calibration.photonsPerMultiplication')).toBe('0.000001 to 1000000000000 or null');
    expect(words('tuning.ted')).toBe('true or false');
    expect(ranges.get('grid.compensation')!.choices).toEqual(['none', 'gain', 'full']);
    expect(ranges.get('adc.range')!.choices).toBeNull();
  });

  it('end where values are refused', () => {
    const numeric = [...ranges].flatMap(([path, { range }]) => {
      const [, low, high] = /^(-?[\d.e+-]+) to ([\d.e+]+)$/.exec(range) ?? [];
      return low === undefined ? [] : [{ path, low: Number(low), high: Number(high) }];
    });
    expect(numeric.length).toBeGreaterThan(50);
    for (const { path, low, high } of numeric) {
      expect(isRefused(path, 2 * high + 1), `${path} above ${high}`).toBe(true);
      expect(isRefused(path, low - 1), `${path} below ${low}`).toBe(true);
      expect([path, isRefused(path, high)]).toEqual([path, false]);
    }
  });
});
