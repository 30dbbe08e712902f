/** The presets of the contract, each as what differs from `sonic`. */
import { DescriptionError } from '../../base/errors.js';
import { nearest } from '../../base/text/nearest.js';
import type { HardwareDescription } from '../description.js';
import { changeDescription } from '../descriptionPaths.js';
import { EFFECTS } from '../fields/effects.js';
import { parseHardware } from '../parseHardware.js';
import type { TableFiles } from '../tableFiles.js';
import { optimistic } from './optimistic.js';
import { pessimistic } from './pessimistic.js';

interface Preset {
  readonly description: string;
  readonly overrides: Record<string, unknown>;
}

const QUANTISATION = ['weightQuantisation', 'activationQuantisation', 'adcQuantisation'];

export const PRESETS: Readonly<Record<string, Preset>> = {
  sonic: { description: 'The best configuration of the paper with typical devices; the default', overrides: {} },
  'sonic-ideal': {
    description: 'Quantisation only: what the paper assumes',
    overrides: { effects: Object.fromEntries(Object.keys(EFFECTS).map((name) => [name, QUANTISATION.includes(name)])) },
  },
  'sonic-single-waveguide': {
    description: 'All 50 channels of an FC unit in one waveguide, as the paper draws it',
    overrides: { grid: { wavelengthsPerWaveguide: 50 } },
  },
  'sonic-untuned': {
    description: 'No thermal eigenmode decomposition: every ring trimmed on its own (a bound, not an operating point)',
    overrides: { tuning: { ted: false } },
  },
  'sonic-with-memory': {
    description: 'Buffers and memory cost what the literature says',
    overrides: { cost: { memory: 'literature' } },
  },
  'sonic-optimistic': { description: 'The optimistic end of published device values', overrides: optimistic },
  'sonic-pessimistic': {
    description: 'The pessimistic end, softened where it alone destroys everything',
    overrides: pessimistic,
  },
};

/**
 * A preset by name, with `overrides` merged into it; quality factor and extinction of the preset give way to a measured
 * response of the overrides.
 * @param files what rows of measured curves came from, for messages.
 * @throws DescriptionError for an unknown preset, naming the nearest, or a bad override.
 */
export function presetHardware(
  name: string,
  overrides: unknown = {},
  origin = `preset '${name}'`,
  files: TableFiles = {},
): HardwareDescription {
  const preset = Object.hasOwn(PRESETS, name) ? PRESETS[name] : undefined;
  if (!preset) {
    const near = nearest(name, Object.keys(PRESETS));
    throw new DescriptionError(
      `unknown hardware preset '${name}'${near ? `, did you mean '${near}'?` : ''} (presets: ${Object.keys(PRESETS).join(', ')})`,
    );
  }
  return parseHardware(changeDescription({ name, ...preset.overrides }, overrides), origin, files);
}
