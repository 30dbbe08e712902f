/** `sonic run`: a network on emulated hardware, accuracy and cost side by side. */
import { Command, Option } from 'commander';
import type { Fidelity } from '../experiments/result/types.js';
import { backendOption, chooseBackend } from './backendOption.js';
import * as options from './options.js';
import { createProgress } from './progress.js';

interface RunFlags extends options.NetworkFlags {
  hardware: string;
  set: string[];
  seed: number;
  chip: number;
  chips: number;
  static?: string;
  images?: number;
  data?: string;
  classes?: string;
  dataset?: string;
  fidelity: Fidelity;
  backend: string;
  threads?: number;
  batch?: number;
  json?: string;
  verbose?: boolean;
}

async function run(nameOrFile: string, flags: RunFlags): Promise<void> {
  const { loadExperiment } = await import('../experiments/run/loadExperiment.js');
  const { runExperiment } = await import('../experiments/run/runExperiment.js');
  const { checkOutputs } = await import('../base/files.js');
  await checkOutputs(flags.json);
  const backend = await chooseBackend(flags.backend, flags.threads);
  const progress = createProgress('images');
  try {
    progress.stage('loading');
    const experiment = await loadExperiment({ ...flags, network: nameOrFile, calibrationStart: true });
    for (const remark of experiment.remarks) process.stderr.write(`${nameOrFile}: ${remark}\n`);
    const result = await runExperiment({
      ...experiment,
      backend,
      fidelity: flags.fidelity,
      runSeed: flags.seed,
      chipSeed: flags.chip,
      chips: flags.chips,
      threads: flags.threads,
      batch: flags.batch,
      onStage: progress.stage,
      onProgress: progress.update,
    });
    progress.stop();
    const { renderRun } = await import('../report/run/runReport.js');
    const { writeJson } = await import('../report/kit/json.js');
    if (flags.json) await writeJson(flags.json, result);
    if (flags.json === '-') return;
    process.stdout.write(`${renderRun(result, { verbose: flags.verbose ?? false })}\n`);
  } finally {
    progress.stop();
  }
}

/** The command `sonic run`. */
export function runCommand(): Command {
  const command = new Command('run')
    .description('Run a network over a data set on emulated photonic hardware; print accuracy and cost')
    .argument('<NETWORK>', options.ANY_NETWORK)
    .addOption(options.hardwareOption())
    .addOption(options.setOption())
    .addOption(
      new Option(
        '--fidelity <NAME>',
        'exact: noise and ADC of every partial sum; lumped: one normal per output; auto: lumped where valid; digital: float32',
      )
        .choices(['exact', 'lumped', 'auto', 'digital'])
        .default('exact'),
    )
    .addOption(options.imagesOption());
  return options
    .withDataOptions(command)
    .addOption(options.seedOption())
    .addOption(options.chipOption())
    .addOption(options.chipsOption())
    .addOption(options.staticOption())
    .addOption(options.threadsOption())
    .addOption(options.batchOption())
    .addOption(backendOption())
    .addOption(options.jsonOption())
    .option('--verbose', 'print the whole hardware description, scales and devices')
    .addHelpText(
      'after',
      `
Examples:
  sonic run mnist                                   all 10,000 test images on preset sonic
  sonic run mnist --images 500                      a quick look
  sonic run mnist --hardware sonic-ideal            quantisation only, as the paper assumes
  sonic run mnist --set microring.qualityFactor=20000 --set adc.bits=8
  sonic run mnist --data ./fashion-mnist --images 1000
  sonic run resnet20.th --architecture resnet20-cifar10 --dataset cifar10 --data cifar-10-binary.tar.gz
  sonic run mnist --chip 2 --json chip2.json        another chip; everything as JSON
  sonic run mnist --chips 10 --images 1000          ten chips, and how they differ
  sonic run mnist --static chip.npz                 a chip whose errors were measured

--static: arrays conv_trim_nm, conv_residual_nm, conv_drift_nm, conv_gain [units][2 rails, + first][slots], conv_source_nm
[units][slots], conv_coupling [units][2][slots][rings of a waveguide], the same with fc_; nm, factors (gain) and relative
errors (coupling). Each acts where its effect is on; those that are missing are drawn. docs/physics.md has more.`,
    )
    .action(run);
}
