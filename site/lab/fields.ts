/** Every field of the description as a control; those that differ from the preset are marked. */
import { hardwareFields } from '#sonic/hardware/descriptionPaths.js';
import { valueAtPath } from '#sonic/hardware/descriptionValues.js';
import { fieldRanges } from '#sonic/hardware/fieldRanges.js';
import { presetHardware } from '#sonic/hardware/presets/index.js';
import { pathOf } from './hardware.js';
import type { LabState } from './state.js';

const shown = (value: unknown) => (typeof value === 'object' && value !== null ? JSON.stringify(value) : String(value));

const RANGES = fieldRanges();

/** A box to tick, a list of words, or a line. */
function controlOf(
  type: string,
  choices: readonly string[] | null,
  value: string,
): HTMLInputElement | HTMLSelectElement {
  if (choices) {
    const select = document.createElement('select');
    // What the address says need not be allowed.
    const all = choices.includes(value) ? choices : [value, ...choices];
    select.append(...all.map((choice) => new Option(choice, choice)));
    select.value = value;
    return select;
  }
  const input = document.createElement('input');
  if (type === 'boolean') {
    input.type = 'checkbox';
    input.checked = value === 'true';
  } else {
    input.value = value;
    if (type !== 'text') input.inputMode = 'decimal';
  }
  return input;
}

/** @param onChange called with all settings after one has changed. */
export function fillFields(
  place: HTMLElement,
  { preset, settings }: LabState,
  onChange: (settings: readonly string[]) => void,
): void {
  const hardware = presetHardware(preset);
  const open = new Set(
    [...place.querySelectorAll('details[open]')].map((group) => (group as HTMLElement).dataset['group']),
  );
  const given = new Map(settings.map((setting) => [pathOf(setting), setting.slice(pathOf(setting).length + 1)]));
  const groups = new Map<string, HTMLElement>();
  for (const { path, description, type } of hardwareFields()) {
    if (path === 'name') continue;
    const name = path.includes('.') ? path.slice(0, path.indexOf('.')) : 'other';
    let group = groups.get(name);
    if (!group) {
      group = document.createElement('details');
      group.dataset['group'] = name;
      const summary = document.createElement('summary');
      const changes = [...given.keys()].filter((one) => one.startsWith(`${name}.`) || one === name).length;
      summary.textContent = changes > 0 ? `${name} (${changes} changed)` : name;
      group.append(summary);
      if (open.has(name)) group.setAttribute('open', '');
      groups.set(name, group);
    }
    const row = document.createElement('p');
    const label = document.createElement('label');
    const own = shown(valueAtPath(hardware, path));
    const { range, choices } = RANGES.get(path)!;
    const input = controlOf(type, choices, given.get(path) ?? own);
    input.id = `field-${path}`;
    label.htmlFor = input.id;
    label.textContent = path;
    const about = document.createElement('small');
    about.id = `about-${path}`;
    const facts = [choices || type === 'boolean' ? '' : `${range}.`, given.has(path) ? `Preset: ${own}.` : ''];
    about.textContent = [description, ...facts].filter((part) => part !== '').join(' ');
    input.setAttribute('aria-describedby', about.id);
    if (given.has(path)) row.className = 'changed';
    input.addEventListener('change', () => {
      const value = type === 'boolean' ? String((input as HTMLInputElement).checked) : input.value.trim();
      const others = settings.filter((setting) => pathOf(setting) !== path);
      onChange(value === own || value === '' ? others : [...others, `${path}=${value}`]);
    });
    row.append(label, input, about);
    group.append(row);
  }
  place.replaceChildren(...groups.values());
}
