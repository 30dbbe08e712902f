/** The page's state as the part of its address after #, so that a link reproduces what is shown. */
import { stringify } from 'yaml';
import { parseScalar } from '#sonic/hardware/descriptionValues.js';
import { pathOf } from './hardware.js';
import { type PageBackend, PICTURES, type PictureName } from './messages.js';

/** `auto` is WebGPU where the browser has an adapter that is no software. */
export const BACKEND_CHOICES = ['auto', 'wasm', 'webgpu'] as const;
export type BackendChoice = (typeof BACKEND_CHOICES)[number];

/** A field and its values, as they were typed. */
export interface SweepAxis {
  readonly path: string;
  readonly values: readonly string[];
}

export interface LabState {
  /** Bundled network, or `own`: files that were given, which no address can hold. */
  readonly network: string;
  readonly preset: string;
  /** path=value, as `--set`. */
  readonly settings: readonly string[];
  readonly images: number;
  readonly backend: BackendChoice;
  readonly sweep: readonly SweepAxis[];
  readonly picture: PictureName;
  readonly unit: 'conv' | 'fc';
}

/** An axis of `path:4,6,8`. */
export function parseAxis(text: string): SweepAxis {
  const at = text.indexOf(':');
  const values = text.slice(at + 1).split(',');
  return {
    path: text.slice(0, at).trim(),
    values: values.map((value) => value.trim()).filter((value) => value !== ''),
  };
}

export function readState(hash: string): LabState {
  const words = new URLSearchParams(hash.replace(/^#/, ''));
  const images = Number(words.get('images') ?? 100);
  const picture = words.get('picture') as PictureName;
  const backend = words.get('backend') as BackendChoice;
  return {
    network: words.get('network') ?? 'mnist',
    preset: words.get('hardware') ?? 'sonic',
    settings: words.getAll('set'),
    images: Number.isInteger(images) && images >= 1 ? images : 100,
    backend: BACKEND_CHOICES.includes(backend) ? backend : 'auto',
    sweep: words.getAll('sweep').map(parseAxis),
    picture: PICTURES.includes(picture) ? picture : 'ring',
    unit: words.get('unit') === 'fc' ? 'fc' : 'conv',
  };
}

export function writeState(state: LabState): string {
  const { network, preset, settings, images, backend, sweep, picture, unit } = state;
  const words = new URLSearchParams({ network, hardware: preset, images: String(images) });
  if (backend !== 'auto') words.set('backend', backend);
  for (const setting of settings) words.append('set', setting);
  for (const { path, values } of sweep) words.append('sweep', `${path}:${values.join(',')}`);
  if (picture !== 'ring') words.set('picture', picture);
  if (unit !== 'conv') words.set('unit', unit);
  return `#${words}`;
}

const quoted = (word: string) => (/^[\w.=+-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`);
const flagsOf = ({ preset, settings }: LabState) =>
  ` --hardware ${quoted(preset)}${settings.map((setting) => ` --set ${quoted(setting)}`).join('')}`;

/** What the command line is told of files that were given: their names, and which data the page ran. */
export interface OwnCommand {
  readonly main: string;
  readonly dataset: string;
  readonly architecture?: string | undefined;
  readonly preprocessing?: string | undefined;
}

function networkFlags(network: string, own: OwnCommand | null): string {
  if (!own) return network;
  const { architecture, preprocessing } = own;
  const more = [
    ...(architecture ? [`--architecture ${quoted(architecture)}`] : []),
    ...(preprocessing ? [`--preprocessing ${quoted(preprocessing)}`] : []),
  ];
  return [quoted(own.main), `--dataset ${own.dataset}`, ...more].join(' ');
}

/** The same run on the command line. */
export function commandOf(state: LabState, backend: PageBackend, own: OwnCommand | null = null): string {
  const on = backend === 'wasm' ? '' : ` --backend ${backend}`;
  return `sonic run ${networkFlags(state.network, own)} --images ${state.images}${flagsOf(state)}${on}`;
}

/** The same picture on the command line. */
export function pictureCommand(state: LabState): string {
  const kind = state.picture === 'ring' || state.picture === 'link' ? '' : ` --kind ${state.unit}`;
  return `sonic device ${state.picture}${kind}${flagsOf(state)} --figure ${state.picture}.svg`;
}

/** The sweep as a plan that `sonic sweep` runs. */
export function planOf(state: LabState, backend: PageBackend, own: OwnCommand | null = null): string {
  const { preset, settings, images, sweep } = state;
  const network = own
    ? { network: own.main, dataset: own.dataset, ...(own.architecture ? { architecture: own.architecture } : {}) }
    : { network: state.network };
  const on = backend === 'wasm' ? {} : { backend };
  const preprocessing = own?.preprocessing ? { preprocessing: own.preprocessing } : {};
  const set = Object.fromEntries(settings.map((one) => [pathOf(one), parseScalar(one.slice(pathOf(one).length + 1))]));
  return stringify({
    name: 'lab-sweep',
    base: { ...network, ...preprocessing, ...on, images, hardware: preset, ...(settings.length > 0 ? { set } : {}) },
    axes: sweep.map(({ path, values }) => ({ path, values: values.map(parseScalar) })),
    figures: sweep[0]
      ? [{ kind: 'line', x: sweep[0].path, y: 'accuracy', ...(sweep[1] ? { series: sweep[1].path } : {}) }]
      : [],
  });
}
