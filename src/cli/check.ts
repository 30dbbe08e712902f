/** `sonic check`: runs against what a file expects of them. */
import { Command, Option } from 'commander';
import type { MeasureOptions } from '../experiments/check/measure.js';
import * as options from './options.js';
import { createProgress } from './progress.js';

/** Options that say what `--init` writes. */
const INIT_OPTIONS = [
  'hardware',
  'images',
  'dataset',
  'data',
  'classes',
  'architecture',
  'preprocessing',
  'key',
] as const;

interface CheckFlags {
  readonly update?: boolean;
  readonly init?: string;
  readonly hardware: readonly string[];
  readonly images?: number;
  readonly dataset?: string;
  readonly data?: string;
  readonly classes?: string;
  readonly architecture?: string;
  readonly preprocessing?: string;
  readonly key?: string;
  readonly threads?: number;
  readonly json?: string;
}

/** What `--init` checks besides the digital network, where `--hardware` does not say. */
const PRESETS = ['sonic-ideal', 'sonic'];

/** @throws UsageError for options that do not go together. */
async function checkUsage(files: readonly string[], flags: CheckFlags): Promise<void> {
  const { UsageError } = await import('../base/errors.js');
  if (flags.init !== undefined) {
    if (flags.update || flags.json !== undefined || files.length !== 1)
      throw new UsageError('--init writes one new file: name it, without --update and --json');
    return;
  }
  const stray = INIT_OPTIONS.find((name) => (name === 'hardware' ? flags.hardware.length > 0 : flags[name]));
  if (stray) throw new UsageError(`--${stray} is for --init; otherwise the baseline says it, with the key '${stray}'`);
}

async function check(files: readonly string[], flags: CheckFlags): Promise<void> {
  await checkUsage(files, flags);
  const { makeBaseline, runBaselines } = await import('../experiments/check/runChecks.js');
  const { checkJson, renderCheck, renderUpdate } = await import('../report/check/checkReport.js');
  const { checkOutputs } = await import('../base/files.js');
  const { writeJson } = await import('../report/kit/json.js');
  await checkOutputs(flags.json);
  const progress = createProgress('images');
  const measure: MeasureOptions = {
    threads: flags.threads,
    onStage: progress.stage,
    onProgress: progress.update,
    onRemark: (remark) => process.stderr.write(`${remark}\n`),
  };
  try {
    if (flags.init !== undefined) {
      const { init: network, images, dataset, data, classes, architecture, preprocessing, key } = flags;
      const hardware = flags.hardware.length > 0 ? flags.hardware : PRESETS;
      const initial = { network, hardware, images, dataset, data, classes, architecture, preprocessing, key };
      const changes = await makeBaseline(files[0]!, initial, measure);
      progress.stop();
      process.stdout.write(`${renderUpdate(files[0]!, changes)}\n`);
      return;
    }
    const outcomes = await runBaselines(files, { ...measure, update: flags.update ?? false });
    progress.stop();
    if (outcomes.some(({ passed }) => !passed)) process.exitCode = 1;
    if (flags.json !== undefined) await writeJson(flags.json, checkJson(outcomes));
    if (flags.json === '-') return;
    const texts = outcomes.map((one) => (one.written ? renderUpdate(one.file, one.written) : renderCheck(one)));
    process.stdout.write(`${texts.join('\n\n')}\n`);
  } finally {
    progress.stop();
  }
}

/** The command `sonic check`. */
export function checkCommand(): Command {
  const command = new Command('check')
    .description('Compare runs with what a baseline file expects of them; exits 1 where one differs, made for CI')
    .argument('<FILE...>', 'baselines, YAML: runs with accuracy, changed classes and maximum energy (docs/check.md)')
    .option('--update', 'write what is measured into the files, keeping their comments, and say what changed')
    .addOption(
      new Option('--init <NETWORK>', 'write a first baseline of a network to FILE: digital, sonic-ideal, sonic'),
    )
    .addOption(
      new Option('--hardware <NAME|FILE>', 'with --init: preset or file instead of these; may be repeated')
        .argParser(options.collect)
        .default([], 'none'),
    )
    .addOption(options.imagesOption('with --init: only the first N images (default: all)'));
  return options
    .withDataOptions(command)
    .addOption(options.threadsOption())
    .addOption(options.jsonOption())
    .addHelpText(
      'after',
      `
A baseline:
  checks:
    - name: mnist on sonic
      network: mnist
      hardware: sonic          # and set: { adc.bits: 8 }, fidelity, backend, dataset, data, ...
      images: 1000
      chips: [1]               # seeds of chips and of read noise: every pair is a run
      seeds: [1]
      expect:
        accuracy: 98.9 %
        tolerance: 0.2 %       # points, or 'binomial'; without it none
        digital: 99.1 %
        changed:               # or a number, or { most: a number }
          - { image: 340, from: 5, to: 3 }
        maximumEnergy_J: 6.5e-3
        maximumLatency_s: 3.3e-4

Examples:
  sonic check --init mnist --images 1000 mnist.yaml   a first baseline
  sonic check mnist.yaml                              exits 0 or 1, prints a table
  sonic check mnist.yaml --json -                     the same as JSON, sonic-check/1
  sonic check mnist.yaml --update                     after a change that is meant`,
    )
    .action(check);
}
