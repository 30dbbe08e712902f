/** `sonic explore`: the design space of SONIC's units, by predicted cost and, if asked for, emulated accuracy. */
import { Command, InvalidArgumentError, Option } from 'commander';
import { MAXIMUM_IMAGES } from '../base/random/seeds.js';
import type { ExplorationOptions } from '../experiments/exploration/exploration.js';
import type { Constraint, ExplorePoint, Metric } from '../experiments/exploration/search.js';
import type { DatasetFacts } from '../experiments/result/types.js';
import { type EnergyFlags, energiesOption, loadCosted } from './costOptions.js';
import { figureOption } from './figureOption.js';
import {
  ANY_CHECKPOINT,
  chipOption,
  classesOption,
  collect,
  countOption,
  dataOption,
  datasetOption,
  hardwareOption,
  jsonOption,
  type NetworkFlags,
  notNegative,
  seedOption,
  setOption,
  threadsOption,
  withNetworkOptions,
} from './options.js';
import { createProgress } from './progress.js';

/** The names are those of experiments/exploration/search.ts, which is not loaded for help. */
const METRIC_NAMES: readonly Metric[] = [
  'fpsPerWatt',
  'fps',
  'energyDelay',
  'latency',
  'energy',
  'power',
  'area',
  'accuracy',
];

/** Options that bound a metric: flag, metric, side, factor to the metric's unit, help. */
const BOUNDS: readonly [flag: string, metric: Metric, limit: Constraint['limit'], factor: number, help: string][] = [
  ['--max-power <W>', 'power', 'most', 1, 'mean power of each network, W'],
  ['--max-area <MM2>', 'area', 'most', 1, 'area of the devices that have a cited one, mm2'],
  ['--max-latency <US>', 'latency', 'most', 1e-6, 'time of an image, us'],
  ['--max-energy <UJ>', 'energy', 'most', 1e-6, 'energy of an image, uJ'],
  ['--min-fps <FPS>', 'fps', 'least', 1, 'images a second'],
  ['--min-fps-per-watt <X>', 'fpsPerWatt', 'least', 1, 'images a second and watt'],
  ['--min-accuracy <SHARE>', 'accuracy', 'least', 1, 'emulated accuracy from 0 to 1; needs --accuracy'],
];

interface ExploreFlags extends EnergyFlags, NetworkFlags {
  readonly vary: readonly string[];
  readonly only?: boolean;
  readonly points?: number;
  readonly objectives: readonly Metric[];
  readonly accuracy?: boolean;
  readonly images: number;
  readonly accuracyPoints: number;
  readonly store: string;
  readonly seed: number;
  readonly chip: number;
  readonly data?: string;
  readonly dataset?: string;
  readonly classes?: string;
  readonly threads?: number;
  readonly figure?: string;
  readonly json?: string;
  readonly [bound: string]: unknown;
}

const camel = (flag: string) =>
  flag
    .replace(/ .*/, '')
    .slice(2)
    .replace(/-(.)/g, (_, letter: string) => letter.toUpperCase());

function constraintsOf(flags: ExploreFlags): Constraint[] {
  return BOUNDS.flatMap(([flag, metric, limit, factor]) => {
    const value = flags[camel(flag)] as number | undefined;
    return value === undefined ? [] : [{ metric, limit, value: value * factor }];
  });
}

/**
 * Emulated accuracy at points, of the worst of the networks, each loaded once.
 * @param evaluated takes the images that each network is run on.
 */
async function accuracyOption(
  names: readonly string[],
  flags: ExploreFlags,
  hardwareOfPoint: (point: ExplorePoint) => import('../hardware/description.js').HardwareDescription,
  onProgress: { stage(text: string): void; update(done: number, total: number): void },
  evaluated: Map<string, DatasetFacts & { readonly warnings: readonly string[] }>,
): Promise<NonNullable<ExplorationOptions['accuracy']>> {
  const [{ classLines }, { datasetFacts }] = await Promise.all([
    import('../report/kit/dataText.js'),
    import('../experiments/run/datasetFacts.js'),
  ]);
  const [{ loadExperiment }, { runExperiment }, { openResultStore }, { storedAccuracy }] = await Promise.all([
    import('../experiments/run/loadExperiment.js'),
    import('../experiments/run/runExperiment.js'),
    import('../experiments/exploration/resultStore.js'),
    import('../experiments/exploration/accurateFront.js'),
  ]);
  const store = await openResultStore(flags.store);
  const seeds = { runSeed: flags.seed, chipSeed: flags.chip };
  const accuracies = await Promise.all(
    names.map(async (network) => {
      const { images, data, dataset, classes, hardware, set, architecture, preprocessing, key } = flags;
      const file = { network, architecture, preprocessing, key };
      const experiment = await loadExperiment({ ...file, hardware, set, images, data, dataset, classes });
      const facts = datasetFacts(experiment.dataset);
      for (const line of [...classLines(facts), ...experiment.dataNotes]) process.stderr.write(`${network}: ${line}\n`);
      evaluated.set(network, { ...facts, warnings: experiment.dataNotes });
      return storedAccuracy(experiment, seeds, store, async (hardwareHere) => {
        const { threads } = flags;
        const result = await runExperiment({
          ...experiment,
          ...seeds,
          hardware: hardwareHere,
          threads,
          onProgress: onProgress.update,
        });
        return result.accuracy.emulated!;
      });
    }),
  );
  let emulated = 0;
  return {
    images: flags.images,
    limit: flags.accuracyPoints,
    at: async (point) => {
      onProgress.stage(`emulating point ${++emulated}`);
      let worst = 1;
      for (const accuracyOf of accuracies) worst = Math.min(worst, await accuracyOf(hardwareOfPoint(point)));
      return worst;
    },
  };
}

async function checkFlags(flags: ExploreFlags): Promise<void> {
  const { UsageError } = await import('../base/errors.js');
  const needs = flags.objectives.includes('accuracy') ? '--objectives accuracy' : null;
  const wants = needs ?? (flags['minAccuracy'] === undefined ? null : '--min-accuracy');
  if (wants && !flags.accuracy) throw new UsageError(`${wants} needs --accuracy, which emulates the Pareto set`);
  if (flags.objectives.every((metric) => metric === 'accuracy')) {
    throw new UsageError(
      '--objectives accuracy alone would emulate every point; add one of the cost, as fpsPerWatt,accuracy',
    );
  }
}

async function exploreSpace(names: readonly string[], flags: ExploreFlags): Promise<void> {
  await checkFlags(flags);
  const [space, { hardwareAt }, { explore }, { loadCostSubject }, { valueAtPath }] = await Promise.all([
    import('../experiments/exploration/space.js'),
    import('../experiments/exploration/search.js'),
    import('../experiments/exploration/exploration.js'),
    import('../experiments/run/costSubject.js'),
    import('../hardware/descriptionFiles.js'),
  ]);
  const { hardware, table } = await loadCosted(flags);
  const axes = await space.readAxes(space.axesOf(flags.vary.map(space.parseAxis), flags.only ?? false));
  const wanted = names.length > 0 ? names : flags.accuracy ? ['mnist'] : ['mnist', 'cifar10', 'stl10', 'svhn'];
  const { findNetwork } = await import('../experiments/run/bundled.js');
  const { architecture, preprocessing, key } = flags;
  const file = { architecture, preprocessing, key };
  // What is emulated is costed with its own weights, not with table 3's sparsities.
  const networks = await Promise.all(
    wanted.map(async (name) => ({
      ...(await loadCostSubject(flags.accuracy ? findNetwork(name).checkpoint : name, undefined, file)),
      name,
    })),
  );
  for (const { name, remarks, warnings } of networks)
    for (const remark of [...remarks, ...warnings]) process.stderr.write(`${name}: ${remark}\n`);
  const progress = createProgress(flags.accuracy ? 'images' : 'points');
  try {
    const common = { hardware, table, axes };
    const hardwareOfPoint = ({ values }: ExplorePoint) => hardwareAt(common, values);
    const evaluated: Parameters<typeof accuracyOption>[4] = new Map();
    const accuracy = flags.accuracy
      ? await accuracyOption(wanted, flags, hardwareOfPoint, progress, evaluated)
      : undefined;
    const exploration = await explore(
      {
        ...common,
        networks,
        points: space.pointsOf(axes, flags.points, flags.seed),
        constraints: constraintsOf(flags),
        objectives: flags.objectives,
        ...(accuracy ? { accuracy } : { onProgress: progress.update }),
      },
      (path) => valueAtPath(hardware, path),
    );
    progress.stop();
    const { explorationFigure, renderExploration } = await import('../report/explore/exploreReport.js');
    if (flags.figure !== undefined) {
      const { writeFigure } = await import('../report/kit/figures/writeFigure.js');
      await writeFigure(flags.figure, explorationFigure(exploration));
    }
    if (flags.json !== undefined) {
      const { writeJson } = await import('../report/kit/json.js');
      const invalid = Object.fromEntries(exploration.invalid);
      const warned = Object.fromEntries(exploration.warned);
      const data = flags.accuracy
        ? { datasets: Object.fromEntries(wanted.map((name) => [name, evaluated.get(name)])) }
        : {};
      const { undefinedMetrics } = await import('../experiments/exploration/search.js');
      const notDefined = undefinedMetrics(exploration.points);
      const space = { ...data, ...exploration, invalid, warned, ...(notDefined === '' ? {} : { notDefined }) };
      await writeJson(flags.json, { schema: 'sonic-explore/1', hardware, ...space });
    }
    if (flags.json !== '-') process.stdout.write(`${renderExploration(exploration)}\n`);
  } finally {
    progress.stop();
  }
}

function metricList(text: string): Metric[] {
  const metrics = text.split(',').map((part) => part.trim() as Metric);
  const unknown = metrics.find((metric) => !METRIC_NAMES.includes(metric));
  if (unknown !== undefined) throw new InvalidArgumentError(`'${unknown}' is none of ${METRIC_NAMES.join(', ')}.`);
  return [...new Set(metrics)];
}

/** The command `sonic explore`. */
export function exploreCommand(): Command {
  const command = new Command('explore')
    .description('Search sizes and numbers of units (n, m, N, K) and any other field; print the Pareto set')
    .argument(
      '[NETWORKS...]',
      `the paper's networks (default: all four; mnist with --accuracy), or any ${ANY_CHECKPOINT}`,
    )
    .addOption(
      new Option(
        '--vary <NAME=VALUES>',
        'values of n, m, N, K or a path: n=2,5,10 or K=5..40:5, or files: microring.response=a.csv,null; may be repeated',
      )
        .argParser(collect)
        .default([], 'around the paper’s point'),
    )
    .option('--only', 'vary only what --vary names; n, m, N, K stay as the hardware has them')
    .addOption(countOption('--points <N>', 'draw N points of the space at random (default: all)'))
    .addOption(
      new Option('--objectives <LIST>', `what the Pareto set is of: ${METRIC_NAMES.join(', ')}`)
        .argParser(metricList)
        .default(['fpsPerWatt', 'fps'], 'fpsPerWatt,fps'),
    );
  for (const [flag, , , , help] of BOUNDS) command.addOption(new Option(flag, help).argParser(notNegative));
  return withNetworkOptions(command)
    .option('--accuracy', 'emulate the points of the Pareto set; needs networks with data')
    .addOption(countOption('--images <N>', 'images of an emulation', MAXIMUM_IMAGES).default(500))
    .addOption(countOption('--accuracy-points <N>', 'most points to emulate').default(24))
    .addOption(new Option('--store <FILE>', 'where emulated accuracies are kept').default('.cache/explore.jsonl'))
    .addOption(hardwareOption())
    .addOption(setOption())
    .addOption(energiesOption())
    .addOption(seedOption('seed of the points drawn and of the read noise'))
    .addOption(chipOption())
    .addOption(datasetOption())
    .addOption(dataOption())
    .addOption(classesOption())
    .addOption(threadsOption())
    .addOption(figureOption())
    .addOption(jsonOption())
    .addHelpText(
      'after',
      `
Examples:
  sonic explore
  sonic explore cifar10 --max-power 20 --min-fps 500 --figure space.svg
  sonic explore mnist --vary n=2..20 --vary N=10,50,100 --only --objectives fpsPerWatt,area
  sonic explore model.onnx --preprocessing "scale: 1/255" --max-power 20
  sonic explore --vary adc.bits=8,10,12,16 --vary grid.wavelengthsPerWaveguide=5,10,15 --only
  sonic explore mnist --accuracy --min-accuracy 0.97 --images 200 --vary weightDac.bits=4,6 --points 300`,
    )
    .action(exploreSpace);
}
