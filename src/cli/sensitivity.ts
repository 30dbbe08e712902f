/** `sonic sensitivity`: what each layer bears of pruning and clustering. */
import { Command, InvalidArgumentError, Option } from 'commander';
import { hideEscaped, showEscaped } from '../base/text/escaped.js';
import type { Split } from '../datasets/types.js';
import { backendOption, chooseBackend } from './backendOption.js';
import { figureOption } from './figureOption.js';
import * as options from './options.js';
import { createProgress } from './progress.js';

interface SensitivityFlags extends options.NetworkFlags {
  readonly sparsities: readonly number[];
  readonly clusters: readonly number[];
  readonly layers?: readonly string[];
  readonly loss: number;
  readonly images?: number;
  readonly split: Split;
  readonly dataset?: string;
  readonly data?: string;
  readonly classes?: string;
  readonly emulated?: boolean;
  readonly hardware: string;
  readonly set: string[];
  readonly seed: number;
  readonly chip: number;
  readonly chips: number;
  readonly static?: string;
  readonly backend: string;
  readonly threads?: number;
  readonly batch?: number;
  readonly figure?: string;
  readonly json?: string;
}

/** Options that mean nothing in float32. */
const EMULATED_ONLY = ['seed', 'chip', 'chips', 'static', 'backend'];

/** A parser of numbers in order, without repetitions; 'none' for none. */
const grid =
  (check: (value: number) => boolean, wanted: string, order: (a: number, b: number) => number) => (text: string) => {
    if (text.trim() === 'none') return [];
    const values = options.numberList(text);
    if (!values.every(check)) throw new InvalidArgumentError(`It must be ${wanted}, with commas between, or none.`);
    return [...new Set(values)].sort(order);
  };

const sparsityGrid = grid(
  (s) => s >= 0 && s < 1,
  'shares from 0 to below 1',
  (a, b) => a - b,
);
const clusterGrid = grid(
  (c) => Number.isInteger(c) && c >= 1 && c <= 255,
  'whole numbers from 1 to 255',
  (a, b) => b - a,
);

/** '1%' or 0.01. */
function lossShare(text: string): number {
  const given = text.trim();
  // Moving the exponent rounds once, as the share written out does.
  const share = given.endsWith('%')
    ? Number(`${given.slice(0, -1).trim()}e-2`)
    : Number(given === '' ? Number.NaN : given);
  if (!(share >= 0 && share < 1)) {
    throw new InvalidArgumentError('It must be points of accuracy as 1%, or a share from 0 to below 1 as 0.01.');
  }
  return share;
}

const nameList = (text: string) =>
  hideEscaped(text)
    .split(',')
    .map((name) => showEscaped(name.trim()));

async function checkFlags(flags: SensitivityFlags, command: Command): Promise<void> {
  const { UsageError } = await import('../base/errors.js');
  const wrong = EMULATED_ONLY.find((name) => command.getOptionValueSource(name) === 'cli');
  if (!flags.emulated && wrong !== undefined) {
    throw new UsageError(`--${wrong} is for the emulated hardware: add --emulated, or leave it out`);
  }
  if (flags.sparsities.length + flags.clusters.length === 0) {
    throw new UsageError('--sparsities none and --clusters none leave nothing to scan; leave one of them out');
  }
}

async function scan(nameOrFile: string, flags: SensitivityFlags, command: Command): Promise<void> {
  await checkFlags(flags, command);
  const { checkOutputs } = await import('../base/files.js');
  await checkOutputs(flags.json, flags.figure);
  const { loadScan, runScan } = await import('../experiments/sensitivity/scan.js');
  const progress = createProgress('images');
  try {
    progress.stage('loading');
    const loaded = await loadScan({ ...flags, network: nameOrFile });
    for (const remark of loaded.remarks) process.stderr.write(`${nameOrFile}: ${remark}\n`);
    const backend = flags.emulated ? await chooseBackend(flags.backend, flags.threads) : 'wasm';
    const result = await runScan(loaded, {
      ...flags,
      backend,
      onStage: progress.stage,
      onProgress: progress.update,
    });
    progress.stop();
    if (flags.figure) {
      const { writeFigure } = await import('../report/kit/figures/writeFigure.js');
      const { sensitivityFigure } = await import('../report/sensitivity/sensitivityFigure.js');
      await writeFigure(flags.figure, sensitivityFigure(result, loaded.network.name));
    }
    if (flags.json) {
      const { writeJson } = await import('../report/kit/json.js');
      await writeJson(flags.json, result);
    }
    if (flags.json === '-') return;
    const { renderSensitivity } = await import('../report/sensitivity/sensitivityReport.js');
    process.stdout.write(`${renderSensitivity(result, loaded)}\n`);
  } finally {
    progress.stop();
  }
}

/** The command `sonic sensitivity`. */
export function sensitivityCommand(): Command {
  const command = new Command('sensitivity')
    .description('Prune and cluster each layer alone; print accuracy over sparsity and clusters, and propose targets')
    .argument('<NETWORK>', options.ANY_NETWORK)
    .addOption(
      new Option('--sparsities <LIST>', 'shares of zeros to try, or none')
        .argParser(sparsityGrid)
        .default([0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95], '0.3,0.4,0.5,0.6,0.7,0.8,0.9,0.95'),
    )
    .addOption(
      new Option('--clusters <LIST>', 'numbers of distinct non-zero weights to try, or none')
        .argParser(clusterGrid)
        .default([64, 32, 16, 8, 4], '64,32,16,8,4'),
    )
    .addOption(
      new Option('--layers <NAME,...>', "layers to scan, or patterns as 'conv*' (default: all)").argParser(nameList),
    )
    .addOption(
      new Option('--loss <POINTS|SHARE>', 'accuracy that the proposal may lose, of all layers together')
        .argParser(lossShare)
        .default(0.01, '1%'),
    )
    .addOption(options.imagesOption('images to scan (default: 2000, or all where there are fewer)'))
    .addOption(
      new Option('--split <NAME>', 'split to scan; the test split, or its next images, confirm the proposal')
        .choices(['train', 'test'])
        .default('train'),
    );
  return options
    .withDataOptions(command)
    .option(
      '--emulated',
      'accuracy on the emulated hardware in place of float32: every network compiled for every chip',
    )
    .addOption(options.hardwareOption())
    .addOption(options.setOption())
    .addOption(options.seedOption())
    .addOption(options.chipOption())
    .addOption(options.chipsOption())
    .addOption(options.staticOption())
    .addOption(backendOption())
    .addOption(options.threadsOption())
    .addOption(options.batchOption('32; emulated 16, on a GPU 256'))
    .addOption(figureOption())
    .addOption(options.jsonOption())
    .addHelpText(
      'after',
      `
Nothing is trained on. --hardware without --emulated is what the shares of energy are of. The proposal is measured with all
layers' targets at once, and again on images that had no part in choosing.

Examples:
  sonic sensitivity mnist                                  2,000 training images; a proposal for a loss of 1 point
  sonic sensitivity mnist --loss 0.3% --figure layers.svg --json layers.json
  sonic sensitivity cifar10 --layers 'conv*' --sparsities 0.5,0.7,0.9 --clusters none --data cifar-10-binary.tar.gz
  sonic sensitivity resnet8.h5 --dataset cifar10 --data cifar-10-binary.tar.gz --images 5000
  sonic sensitivity mnist --emulated --hardware sonic-pessimistic --chips 4 --images 500`,
    )
    .action(scan);
}
