/** `sonic experiment`: the sweeps that come with the project. */
import { Argument, Command, Option } from 'commander';
import * as options from './options.js';
import { type SweepFlags, share, sweepCommand, sweepFile } from './sweep.js';

async function list(): Promise<void> {
  const [ready, { measureSum_s, planSizer }, { loadPlan }, { renderTable }, { formatDuration }, { defaultThreads }] =
    await Promise.all([
      import('../experiments/ready/ready.js'),
      import('../experiments/ready/estimate.js'),
      import('../experiments/sweep/planFile.js'),
      import('../report/kit/table.js'),
      import('../base/text/units.js'),
      import('../emulation/emulator/emulate.js'),
    ]);
  const sizeOf = planSizer();
  const rows = [];
  for (const name of ready.readyExperiments()) {
    const source = await loadPlan(ready.findReadyExperiment(name));
    const { title = '', base } = source.plan;
    rows.push({ name, title, images: base.images ?? 'all', ...(await sizeOf(source)) });
  }
  const [sum_s, threads] = [await measureSum_s(), defaultThreads()];
  const table = renderTable(rows, {
    columns: [
      { title: 'experiment', value: ({ name }) => name },
      { title: 'what it varies', value: ({ title }) => title },
      { title: 'points', align: 'right', value: ({ points }) => String(points) },
      {
        title: 'trials',
        align: 'right',
        value: ({ trials: [least, most] }) => (least === most ? String(least) : `${least} to ${most}`),
      },
      { title: 'images', align: 'right', value: ({ images }) => String(images) },
      { title: 'about', align: 'right', value: ({ sums }) => formatDuration((sums * sum_s) / threads) },
    ],
  });
  process.stdout.write(
    `${table}\n\nTimes are for ${threads} threads that have the machine for themselves. Run one: sonic experiment run ${rows[0]!.name}\n`,
  );
}

interface RunFlags extends SweepFlags, options.NetworkFlags {
  readonly network?: string;
  readonly dataset?: string;
  readonly data?: string;
  readonly classes?: string;
  readonly report?: string;
  readonly refine?: boolean;
  readonly coarseImages?: number;
  readonly rounds?: number;
  readonly margin?: number;
}

/** Prints what the results show. */
async function findings(name: string, { summary }: SweepRun, { store, margin }: RunFlags): Promise<void> {
  const [{ findingsOf }, { evidenceOf }, { methodText }, { openTrialStore }] = await Promise.all([
    import('../experiments/ready/findings/index.js'),
    import('../experiments/ready/method/evidence.js'),
    import('../experiments/ready/method/words.js'),
    import('../experiments/store/store.js'),
  ]);
  const evidence = await evidenceOf(summary, await openTrialStore(store, { readOnly: true }), margin);
  const shows = [...(findingsOf(name)?.all(evidence) ?? []), methodText(evidence.margin)];
  process.stdout.write(`\n${shows.join('\n')}\n`);
}

type SweepRun = import('../experiments/sweep/runSweep.js').SweepRun;

/** @throws UsageError for options that only a refined run has. */
async function checkUnrefined({ coarseImages, rounds }: RunFlags): Promise<void> {
  const given = coarseImages !== undefined ? '--coarse-images' : rounds !== undefined ? '--rounds' : null;
  if (given === null) return;
  const { UsageError } = await import('../base/errors.js');
  throw new UsageError(`${given} is of a refined run; add --refine`);
}

/** Settings of a plan's base that have flags here. */
const BASE_FLAGS = ['network', 'dataset', 'data', 'classes', 'architecture', 'preprocessing', 'key'] as const;

async function run(name: string, { report, ...flags }: RunFlags): Promise<void> {
  const { findReadyExperiment } = await import('../experiments/ready/ready.js');
  const file = findReadyExperiment(name);
  const { checkOutputs } = await import('../base/files.js');
  await checkOutputs(report);
  const given = BASE_FLAGS.filter((flag) => flags[flag] !== undefined);
  const set = [...given.map((flag) => `${flag}=${flags[flag]}`), ...flags.set];
  const all = { ...flags, set };
  if (flags.refine !== true) await checkUnrefined(flags);
  const done = flags.refine
    ? await (await import('./refinedExperiment.js')).refineFile(file, all)
    : await sweepFile(file, all);
  if (!done) return;
  const { summary } = done;
  // Of half a sweep they would say what is not there.
  if (flags.json !== '-' && summary.missing.length === 0) await findings(name, done, flags);
  if (report === undefined) return;
  const [{ sweepReport }, { writeReport }] = await Promise.all([
    import('../report/page/buildReport.js'),
    import('../report/page/writeReport.js'),
  ]);
  await writeReport(await sweepReport([summary], { store: flags.store }), report);
}

/** The command `experiment` with `list` and `run`. */
export function experimentCommand(): Command {
  const command = new Command('experiment').description(
    'Ready sweeps: converters, crosstalk, resonance errors, tuning, drift, chirp, tolerances, chips, noise, sparsity, sizes',
  );
  command
    .command('list')
    .description('List the experiments, their points and how long each takes on this machine')
    .addHelpText('after', '\nExample:\n  sonic experiment list')
    .action(list);
  const running = command
    .command('run')
    .description('Run an experiment: the sweep of its plan, and what it shows in words')
    .addArgument(new Argument('<NAME>', "name of 'sonic experiment list'"));
  for (const option of sweepCommand().options) running.addOption(option);
  options
    .withNetworkOptions(running)
    .addOption(new Option('--network <NAME|FILE>', "run it on this network (default: the plan's)"))
    .addOption(options.datasetOption())
    .addOption(options.dataOption())
    .addOption(options.classesOption())
    .addOption(new Option('--report <FILE>', 'write its report as well: one HTML page with figures'))
    .addOption(
      new Option(
        '--refine',
        'run the grid cheaply first, then 4 chips and 2,000 images where the findings need them, and points between',
      ),
    )
    .addOption(
      options.countOption(
        '--coarse-images <N>',
        'with --refine: images of each point of the first grid, on one chip (default: 200)',
      ),
    )
    .addOption(
      new Option(
        '--rounds <N>',
        'with --refine: how often the gap between the last point kept and the first lost is halved (default: 3)',
      ).argParser(options.wholeNumber(0, 20)),
    )
    .addOption(
      new Option(
        '--margin <SHARE>',
        'accuracy that may be lost before a setting counts as lost (default: 1%)',
      ).argParser(share),
    )
    .addHelpText(
      'after',
      `
Trials are kept in the store, as of sonic sweep: the same command goes on where it was interrupted. Results of all
experiments are in docs/experiments/, their plans in examples/experiments/.

Findings name thresholds as "between a and b", two points that were run, by 95 % intervals from a bootstrap over chips
and images (docs/sweeps.md, Findings); from fewer than 4 chips or 2,000 images a point they are preliminary, no claim.
--refine spends chips and images there: --images and --chips are then of those points (the defaults are those numbers).

Examples:
  sonic experiment run adc-bits --plan
  sonic experiment run adc-bits --report adc-bits.html
  sonic experiment run resonance-errors --images 1000 --chips 4
  sonic experiment run temperature --refine
  sonic experiment run adc-bits --network model.onnx --preprocessing "scale: 1/255" --dataset mnist
  sonic experiment run noise --network cifar10 --set receiver.samplingInterval_ns=1`,
    )
    .action(run);
  return command;
}
