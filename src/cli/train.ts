/** `sonic train`: a network of the zoo from images to a pruned and clustered checkpoint. */
import { Command, Option } from 'commander';
import * as options from './options.js';

interface TrainFlags {
  out: string;
  data?: string;
  seed: number;
  epochs?: number;
  pruningEpochs?: number;
  sparsity?: options.Targets;
  clusters?: options.Targets;
  backend: 'auto' | 'tensorflow' | 'wasm';
  log?: string;
  keepState?: boolean;
}

async function train(_network: 'mnist', flags: TrainFlags): Promise<void> {
  const { trainMnist } = await import('../training/recipes.js');
  const { describeEntry } = await import('../training/log.js');
  const { packageVersion } = await import('../run/versions.js');
  const { formatShare } = await import('../report/units.js');
  const show = process.stderr.isTTY;
  const { data, ...rest } = flags;
  const manifest = await trainMnist({
    ...rest,
    ...(data === undefined ? {} : { dataDir: data }),
    versions: { sonic: packageVersion() },
    onProgress: (stage, entry) => {
      if (show) process.stderr.write(`\r\x1b[K${stage}: ${describeEntry(entry)}`);
    },
  });
  if (show) process.stderr.write('\r\x1b[K');
  const { accuracy, layers } = manifest;
  const lines = [
    `dense                    ${formatShare(accuracy.dense)} of ${accuracy.images} test images`,
    `pruned                   ${formatShare(accuracy.pruned)}`,
    `pruned and clustered     ${formatShare(accuracy.clustered)} (${accuracy.dropPoints.toFixed(2)} points below dense)`,
    ...layers.map(
      ({ name, sparsity, clusters }) => `${name.padEnd(24)} ${formatShare(sparsity, 1)} zeros, ${clusters} clusters`,
    ),
    `written                  ${flags.out} and its manifest`,
  ];
  process.stdout.write(`${lines.join('\n')}\n`);
}

/** The command `sonic train`. */
export function trainCommand(): Command {
  return new Command('train')
    .description(
      'Train a SONIC network, prune it while training goes on, cluster it; a killed run goes on when called again',
    )
    .addArgument(options.choice('<NETWORK>', 'network of the zoo', ['mnist']))
    .requiredOption('--out <FILE>', 'checkpoint to write (.safetensors); its manifest goes beside it')
    .addOption(options.dataOption())
    .addOption(options.seedOption('seed of initial weights, image order and augmentation'))
    .addOption(
      new Option('--epochs <N>', 'epochs of the dense network (default: 6)').argParser(options.wholeNumber(1, 10_000)),
    )
    .addOption(
      new Option('--pruning-epochs <N>', 'epochs of sparsity-aware training (default: 4)').argParser(
        options.wholeNumber(1, 10_000),
      ),
    )
    .addOption(options.sparsityOption())
    .addOption(options.clustersOption())
    .addOption(
      new Option('--backend <NAME>', 'auto: tensorflow where installed (npm run install-tensorflow), else wasm')
        .choices(['auto', 'tensorflow', 'wasm'])
        .default('auto'),
    )
    .option('--log <FILE>', 'write loss, accuracy and sparsity as JSON lines')
    .option('--keep-state', 'keep the files a killed run goes on from')
    .addHelpText(
      'after',
      `
Examples:
  sonic train mnist --out mnist.safetensors --log mnist.jsonl
  sonic train mnist --out sparse.safetensors --sparsity conv1=0.3,dense1=0.8 --clusters 16`,
    )
    .action(train);
}
