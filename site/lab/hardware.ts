/** A preset with settings, as `--hardware` and `--set` make it. */
import type { HardwareDescription } from '#sonic/hardware/description.js';
import { nestedSettings, parseSetting } from '#sonic/hardware/descriptionPaths.js';
import { parseScalar } from '#sonic/hardware/descriptionValues.js';
import { presetHardware } from '#sonic/hardware/presets/index.js';

/** @throws DescriptionError naming setting, value and what is allowed. */
export function hardwareFor(preset: string, settings: readonly string[]): HardwareDescription {
  if (settings.length === 0) return presetHardware(preset);
  const overrides = nestedSettings(settings.map((setting) => parseSetting(setting, parseScalar)));
  return presetHardware(preset, overrides, settings.map((setting) => `--set ${setting}`).join(' '));
}
