/** The page's state as the part of its address after #, so that a link reproduces what is shown. */

export interface LabState {
  readonly preset: string;
  /** path=value, as `--set`. */
  readonly settings: readonly string[];
  readonly images: number;
}

export function readState(hash: string): LabState {
  const words = new URLSearchParams(hash.replace(/^#/, ''));
  const images = Number(words.get('images') ?? 100);
  return {
    preset: words.get('hardware') ?? 'sonic',
    settings: words.getAll('set'),
    images: Number.isInteger(images) && images >= 1 ? images : 100,
  };
}

export function writeState({ preset, settings, images }: LabState): string {
  const words = new URLSearchParams({ hardware: preset, images: String(images) });
  for (const setting of settings) words.append('set', setting);
  return `#${words}`;
}

/** The same run on the command line. */
export function commandOf({ preset, settings, images }: LabState): string {
  const quoted = (word: string) => (/^[\w.=+-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`);
  const flags = settings.map((setting) => ` --set ${quoted(setting)}`).join('');
  return `sonic run mnist --images ${images} --hardware ${quoted(preset)}${flags}`;
}
