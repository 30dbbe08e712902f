/** Options that several commands take, and how their values are read. */
import { Argument, type Command, InvalidArgumentError, Option } from 'commander';
import { LAST_SEED, MAXIMUM_IMAGES } from '../base/random/seeds.js';
import { hideEscaped, showEscaped } from '../base/text/escaped.js';

/** The number that a text is as a whole; NaN for any other. */
const numberIn = (text: string) => (text.trim() === '' ? Number.NaN : Number(text));

/** A parser of numbers above 0, for commander. */
export function positiveNumber(text: string): number {
  const value = numberIn(text);
  if (!(value > 0 && Number.isFinite(value))) throw new InvalidArgumentError('It must be a number above 0.');
  return value;
}

/** Likewise of numbers from 0 on. */
export function notNegative(text: string): number {
  const value = numberIn(text);
  if (!(value >= 0 && Number.isFinite(value))) throw new InvalidArgumentError('It must be a number, 0 or more.');
  return value;
}

/** Likewise of several numbers with commas between. */
export function numberList(text: string): number[] {
  const values = text.split(',').map(numberIn);
  if (!values.every(Number.isFinite))
    throw new InvalidArgumentError('It must be numbers with commas between, as in 0.5,-1,0.25.');
  return values;
}

/** A parser of whole numbers from `least` to `most`, for commander. */
export function wholeNumber(least: number, most = Number.MAX_SAFE_INTEGER): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (!/^[+-]?\d+$/.test(text.trim()) || value < least || value > most) {
      const upper = most === Number.MAX_SAFE_INTEGER ? `${least} or more` : `from ${least} to ${most}`;
      throw new InvalidArgumentError(`It must be a whole number, ${upper}.`);
    }
    return value;
  };
}

/** An option that is a whole number from 1 to `most`. */
export const countOption = (flags: string, meaning: string, most?: number) =>
  new Option(flags, meaning).argParser(wholeNumber(1, most));

/** Seeds of chips and noise. */
export const seedNumber = wholeNumber(0, LAST_SEED);
/** Uses of an option that may be repeated, in their order. */
export const collect = (value: string, before: string[]) => [...before, value];

export const hardwareOption = () =>
  new Option('--hardware <NAME|FILE>', 'hardware preset, or YAML or JSON file').default('sonic');
export const setOption = () =>
  new Option('--set <PATH=VALUE>', 'change one value of the hardware; may be repeated')
    .argParser(collect)
    .default([], 'none');
export const seedOption = (meaning = 'seed of the read noise') =>
  new Option('--seed <N>', meaning).argParser(seedNumber).default(1);
export const chipOption = () =>
  new Option('--chip <N>', 'seed of the chip: its process variation').argParser(seedNumber).default(1);
export const staticOption = () =>
  new Option(
    '--static <FILE>',
    "static errors of the chip, .npz or JSON, in place of the drawn ones ('sonic device bank --export' writes such files)",
  );
export const chipsOption = () =>
  countOption('--chips <N>', 'chips to run: seeds --chip, --chip + 1, ...', 10_000).default(1);
export const imagesOption = (meaning = 'run only the first N images (default: all)') =>
  countOption('--images <N>', meaning, MAXIMUM_IMAGES);
export const dataOption = () =>
  new Option('--data <DIR|FILE>', 'folder or archive with the data set (default: the bundled one)');
export const datasetOption = () => new Option('--dataset <NAME>', "name of the data set (default: the network's own)");
export const classesOption = () =>
  new Option(
    '--classes <CLASS=OUTPUT,...|FILE>',
    'which output of the network each class of the data is, where they differ: cat=281,dog=207, or a file of such lines',
  );
export const architectureOption = () =>
  new Option('--architecture <FILE|NAME>', 'layers of a checkpoint that holds only tensors: YAML, or a bundled name');
export const preprocessingOption = () =>
  new Option(
    '--preprocessing <YAML|FILE>',
    "how bytes become inputs: imagenet, cifar10, mnist, or such as 'scale: 1/255, mean: [..], std: [..], channels: bgr, resize: 256, crop: 224'",
  );
export const keyOption = () =>
  new Option('--key <PATH>', "which state_dict of a PyTorch file with several: 'ema', 'model.student'");
/** What a network's file may need besides its name: every command that takes a network takes these. */
export interface NetworkFlags {
  readonly architecture?: string;
  readonly preprocessing?: string;
  readonly key?: string;
}
export const withNetworkOptions = (command: Command): Command =>
  command.addOption(architectureOption()).addOption(preprocessingOption()).addOption(keyOption());
/** Besides those the data set, where the command runs images. */
export const withDataOptions = (command: Command): Command =>
  withNetworkOptions(command.addOption(datasetOption()).addOption(dataOption()).addOption(classesOption()));

/** What the argument of such a command may be besides a name. */
export const ANY_CHECKPOINT = 'checkpoint: safetensors, ONNX, Keras, TensorFlow.js, TensorFlow Lite, PyTorch';
export const ANY_NETWORK = `bundled network (mnist, mnist-3x3, cifar10) or ${ANY_CHECKPOINT}`;
/** The checkpoint that a command writes. */
export const outOption = (meaning = 'checkpoint to write (.safetensors)') =>
  new Option('--out <FILE>', meaning).makeOptionMandatory().argParser((path) => {
    if (/\.safetensors$/i.test(path)) return path;
    throw new InvalidArgumentError("It must end in .safetensors; 'sonic convert' makes ONNX of that.");
  });
export const threadsOption = () => countOption('--threads <N>', 'worker threads (default: all cores)', 1024);
export const batchOption = (usual = '16; 256 on a GPU') =>
  countOption('--batch <N>', `images a batch (default: ${usual})`, 4096);
export const jsonOption = (meaning = "write everything as JSON; '-' for standard output") =>
  new Option('--json <FILE>', meaning);
export const storeOption = (meaning = 'folder with the trials') =>
  new Option('--store <DIR>', meaning).default('sonic-store');

/** One number for all layers, or one a layer; null leaves a layer as it is. */
export type Targets = number | Record<string, number | null>;

/**
 * A parser of '0.5' or 'conv1=0.3,dense1=0.8', which may be spread over several uses of the option; names are as
 * `escapedText` writes them. Ranges and names are checked where the values are used.
 * @param none whether LAYER=none is possible.
 */
export function layerTargets(none = false): (text: string, before?: Targets) => Targets {
  const number = (value: string) => {
    const number = numberIn(value);
    if (!Number.isFinite(number)) throw new InvalidArgumentError(`'${value}' is not a number.`);
    return number;
  };
  return (text, before) => {
    if (before !== undefined && (typeof before === 'number' || !text.includes('='))) {
      throw new InvalidArgumentError('It is given twice; give one number for all layers, or LAYER=NUMBER,...');
    }
    if (!text.includes('=')) return number(text);
    const values = new Map(Object.entries(before ?? {}));
    for (const part of hideEscaped(text).split(',')) {
      const at = part.lastIndexOf('=');
      const name = showEscaped(part.slice(0, Math.max(at, 0)).trim());
      const value = part.slice(at + 1);
      if (name === '') {
        throw new InvalidArgumentError(`'${showEscaped(part)}' is not LAYER=NUMBER; a comma in a name is written \\,.`);
      }
      if (values.has(name)) throw new InvalidArgumentError(`Layer '${name}' is given twice.`);
      values.set(name, none && value.trim() === 'none' ? null : number(value));
    }
    return Object.fromEntries(values);
  };
}

export const sparsityOption = (
  meaning = "share of zeros, for all layers or LAYER=S,... ('conv*=0.7': all that fit); the other layers keep the default (default: 0.5)",
) => new Option('--sparsity <S>', meaning).argParser(layerTargets());
export const clustersOption = (defaults = '64') =>
  new Option(
    '--clusters <C>',
    `distinct non-zero weights, for all layers or LAYER=C,... (LAYER a name, or a pattern as conv*; C 'none': not clustered); the other layers keep the default (default: ${defaults})`,
  ).argParser(layerTargets(true));

/** An argument that is one of a few names. */
export const choice = (name: string, description: string, names: string[]) =>
  new Argument(name, description).choices(names);
