/** `sonic train`: a network of the zoo from images to a pruned and clustered checkpoint, or one trained for hardware. */
import { Command, Option } from 'commander';
import { MAXIMUM_IMAGES } from '../base/random/seeds.js';
import type { RecipeName } from '../training/recipeTable.js';
import { commandLine } from './commandLine.js';
import * as options from './options.js';
import { createProgress } from './progress.js';
import type { TrainFlags } from './trainFlags.js';

/** Options that belong to one of the two ways to train. */
const [RECIPE_ONLY, HARDWARE_ONLY] = [
  ['epochs', 'pruningEpochs', 'sparsity', 'clusters', 'patience', 'validation'],
  ['from', 'set', 'steps', 'rate', 'chips', 'images', 'dataset', 'classes', 'architecture', 'preprocessing', 'key'],
];

async function checkFlags(command: Command, flags: TrainFlags): Promise<void> {
  const { UsageError } = await import('../base/errors.js');
  const fromUser = (name: string) => command.getOptionValueSource(name) === 'cli';
  const flagOf = (name: string) => `--${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
  const wrong = (flags.hardware === undefined ? HARDWARE_ONLY! : RECIPE_ONLY!).find(fromUser);
  if (wrong === undefined) return;
  throw new UsageError(
    flags.hardware === undefined
      ? `${flagOf(wrong)} is for training on hardware: name it with --hardware`
      : `${flagOf(wrong)} is for training from the start: leave it out, or leave out --hardware`,
  );
}

/** @throws UsageError for what is no network of the zoo: nothing else has a recipe. */
async function recipeName(name: string): Promise<RecipeName> {
  const { RECIPE_NAMES } = await import('../training/recipeTable.js');
  const found = RECIPE_NAMES.find((known) => known === name);
  if (found) return found;
  const { UsageError } = await import('../base/errors.js');
  throw new UsageError(
    `no recipe trains '${name}' from the start: they are of ${RECIPE_NAMES.join(', ')}; --hardware trains any network on`,
  );
}

async function trainFromStart(name: RecipeName, flags: TrainFlags): Promise<void> {
  const { trainRecipe } = await import('../training/recipes.js');
  const { describeEntry } = await import('../training/log.js');
  const { packageVersion } = await import('../base/versions.js');
  const { formatShare } = await import('../base/text/units.js');
  const progress = createProgress('steps');
  const { out, data, seed, epochs, pruningEpochs, sparsity, clusters, backend, log, keepState, patience } = flags;
  const manifest = await trainRecipe(name, {
    out,
    dataDir: data,
    seed,
    epochs,
    pruningEpochs,
    sparsity,
    clusters,
    backend,
    ...(log === undefined ? {} : { log }),
    ...(keepState === undefined ? {} : { keepState }),
    ...(patience === undefined ? {} : { earlyStop: { validationImages: flags.validation, patience } }),
    command: commandLine(),
    versions: { sonic: packageVersion() },
    onProgress: (stage, entry) => {
      progress.show(`${stage}: ${describeEntry(entry)}`);
    },
  }).finally(progress.stop);
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

async function train(name: string, flags: TrainFlags, command: Command): Promise<void> {
  await checkFlags(command, flags);
  if (flags.hardware === undefined) return trainFromStart(await recipeName(name), flags);
  const { trainForHardware } = await import('./trainHardware.js');
  return trainForHardware(name, { ...flags, hardware: flags.hardware }, commandLine());
}

/** What a recipe may be trained with in place of its own. */
const withRecipeOptions = (command: Command): Command =>
  command
    .addOption(options.countOption('--epochs <N>', "epochs of the dense network (default: the recipe's)", 10_000))
    .addOption(
      options.countOption('--pruning-epochs <N>', "epochs of sparsity-aware training (default: the recipe's)", 10_000),
    )
    .addOption(
      options.sparsityOption(
        "share of zeros, for all layers or LAYER=S,...; the other layers keep the default (default: the recipe's, the paper's)",
      ),
    )
    .addOption(options.clustersOption("the recipe's, the paper's"))
    .addOption(
      options.countOption(
        '--patience <N>',
        'end a stage after N epochs without a new best on held-out training images, and keep the best (default: never)',
        10_000,
      ),
    )
    .addOption(
      options.countOption('--validation <N>', 'training images held out for --patience', MAXIMUM_IMAGES).default(5000),
    );

/** What training for hardware takes. */
const withHardwareOptions = (command: Command): Command =>
  options
    .withNetworkOptions(
      command
        .option(
          '--hardware <NAME|FILE>',
          'train on with the quantisation and noise of this hardware in the forward pass, another chip every step',
        )
        .addOption(options.setOption())
        .option('--from <NETWORK|FILE>', 'with --hardware: network to start from (default: NETWORK itself)')
        .addOption(options.datasetOption())
        .addOption(options.classesOption()),
    )
    .addOption(options.countOption('--steps <N>', 'with --hardware: steps of 32 images (default: 200)', 2 ** 20))
    .addOption(
      new Option('--rate <R>', 'with --hardware: learning rate at the start (default: 0.002)').argParser(
        options.positiveNumber,
      ),
    )
    .addOption(
      options.countOption('--chips <N>', 'with --hardware: chips to compare before and after on', 10_000).default(4),
    )
    .addOption(options.imagesOption('with --hardware: test images to compare before and after on').default(500));

/** The command `sonic train`. */
export function trainCommand(): Command {
  const command = new Command('train')
    .description(
      'Train a SONIC network, prune it while training goes on, cluster it; a killed run goes on when called again. With --hardware: train a trained network on for emulated hardware',
    )
    .argument(
      '<NETWORK>',
      `network of the zoo: mnist, mnist-3x3, cifar10, svhn, stl10; with --hardware, any ${options.ANY_CHECKPOINT}`,
    )
    .addOption(options.outOption('checkpoint to write (.safetensors); its manifest goes beside it'))
    .addOption(options.dataOption())
    .addOption(options.seedOption('seed of initial weights, image order and augmentation'));
  withRecipeOptions(command)
    .addOption(
      new Option('--backend <NAME>', 'auto: tensorflow where installed (npm run install-tensorflow), else wasm')
        .choices(['auto', 'tensorflow', 'wasm'])
        .default('auto'),
    )
    .option('--log <FILE>', 'write loss, accuracy and sparsity as JSON lines')
    .option('--keep-state', 'keep the files a killed run goes on from');
  return withHardwareOptions(command)
    .addHelpText(
      'after',
      `
The data of svhn and stl10 are not bundled ('sonic datasets' says how to get them), and no checkpoint was made with
their recipes. cifar10 needs the whole data set too.

Examples:
  sonic train mnist --out mnist.safetensors --log mnist.jsonl
  sonic train mnist --out sparse.safetensors --sparsity conv1=0.3,dense1=0.8 --clusters 16
  sonic train cifar10 --data cifar-10-binary.tar.gz --out cifar10.safetensors --log cifar10.jsonl
  sonic train svhn --data ./housenumbers --out svhn.safetensors --patience 3
  sonic train mnist --hardware sonic-pessimistic --out robust.safetensors
  sonic train resnet8.h5 --dataset cifar10 --data cifar-10-binary.tar.gz --hardware sonic --out robust.safetensors`,
    )
    .action((name: string, flags: TrainFlags, command: Command) => train(name, flags, command));
}
