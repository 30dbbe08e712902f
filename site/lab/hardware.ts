/** A preset with settings, as `--hardware` and `--set` make it, and back from a file. */
import { DescriptionError } from '#sonic/base/errors.js';
import { parseYaml } from '#sonic/base/input/yaml.js';
import type { HardwareDescription } from '#sonic/hardware/description.js';
import { nestedSettings, parseSetting } from '#sonic/hardware/descriptionPaths.js';
import { diffHardware, parseScalar } from '#sonic/hardware/descriptionValues.js';
import { PRESETS, presetHardware } from '#sonic/hardware/presets/index.js';

/** @throws DescriptionError naming setting, value and what is allowed. */
export function hardwareFor(preset: string, settings: readonly string[]): HardwareDescription {
  if (settings.length === 0) return presetHardware(preset);
  const overrides = nestedSettings(settings.map((setting) => parseSetting(setting, parseScalar)));
  return presetHardware(preset, overrides, settings.map((setting) => `--set ${setting}`).join(' '));
}

/** The path of `path=value`. */
export const pathOf = (setting: string): string => setting.slice(0, setting.indexOf('='));

/** A value as it stands in a setting: what reads back as itself. */
const settingText = (value: unknown) =>
  typeof value === 'string' && parseScalar(value) === value ? value : JSON.stringify(value);

/**
 * Preset and settings of a file that `--hardware` takes.
 * @throws DescriptionError naming file, field and value.
 */
export function settingsOfFile(text: string, file: string): { preset: string; settings: string[] } {
  const content = parseYaml(text, { place: file, ErrorClass: DescriptionError }) ?? {};
  if (typeof content !== 'object' || Array.isArray(content))
    throw new DescriptionError(
      `${file}: holds no keys and values of a hardware description; give one as 'sonic hardware show' writes it`,
    );
  const { preset: from = 'sonic', ...overrides } = content as Record<string, unknown>;
  if (typeof from !== 'string') throw new DescriptionError(`${file}: preset is ${JSON.stringify(from)}, not a name`);
  const hardware = presetHardware(from, overrides, file);
  // A whole description has the name of the preset that it was made of.
  const preset = Object.hasOwn(PRESETS, hardware.name) ? hardware.name : from;
  const isHardware = (some: readonly string[]) => {
    try {
      return diffHardware(hardware, hardwareFor(preset, some)).length === 0;
    } catch {
      return false;
    }
  };
  const settings = diffHardware(presetHardware(preset), hardware).map(({ path, to }) => `${path}=${settingText(to)}`);
  // Some follow from others, such as a converter's power from its bits.
  for (const setting of [...settings]) {
    const rest = settings.filter((one) => one !== setting);
    if (isHardware(rest)) settings.splice(settings.indexOf(setting), 1);
  }
  const [lost] = diffHardware(hardware, hardwareFor(preset, settings));
  if (lost)
    throw new DescriptionError(
      `${file}: ${lost.path} cannot be shown as a setting beside the others; use sonic run --hardware`,
    );
  return { preset, settings };
}
