/** `sonic attribute`: which effect costs how much accuracy. */
import { Command, Option } from 'commander';
import type { EffectName } from '../hardware/fields/effects.js';
import { backendOption, chooseBackend } from './backendOption.js';
import { figureOption } from './figureOption.js';
import * as options from './options.js';
import { createProgress } from './progress.js';

interface AttributeFlags extends options.NetworkFlags {
  hardware: string;
  set: string[];
  seed: number;
  chip: number;
  chips: number;
  static?: string;
  images: number;
  data?: string;
  classes?: string;
  dataset?: string;
  effects?: string;
  backend: string;
  threads?: number;
  batch?: number;
  json?: string;
  figure?: string;
}

const effectsOption = () =>
  new Option('--effects <NAME,...>', 'run these alone and left out, not all; what they are compared with stays');

/** @throws UsageError for a name that is none. */
async function effectList(text: string): Promise<EffectName[]> {
  const { EFFECTS } = await import('../hardware/fields/effects.js');
  const names = text.split(',').map((name) => name.trim());
  const unknown = names.find((name) => !Object.hasOwn(EFFECTS, name));
  if (unknown === undefined) return names as EffectName[];
  const { UsageError } = await import('../base/errors.js');
  throw new UsageError(
    `--effects ${text}: there is no effect '${unknown}'; there are ${Object.keys(EFFECTS).join(', ')}`,
  );
}

async function attributeEffects(network: string, flags: AttributeFlags): Promise<void> {
  const { loadExperiment } = await import('../experiments/run/loadExperiment.js');
  const { attribute } = await import('../experiments/attribution/attribution.js');
  const { attributionFigure, renderAttribution } = await import('../report/attribution/attributionReport.js');
  const { checkOutputs } = await import('../base/files.js');
  await checkOutputs(flags.json, flags.figure);
  const only = flags.effects === undefined ? undefined : await effectList(flags.effects);
  const progress = createProgress('images');
  try {
    progress.stage('loading');
    const experiment = await loadExperiment({ ...flags, network, calibrationStart: true });
    for (const remark of experiment.remarks) process.stderr.write(`${network}: ${remark}\n`);
    const backend = await chooseBackend(flags.backend, flags.threads);
    const { seed: runSeed, chip: chipSeed, chips, threads, batch } = flags;
    const attribution = await attribute({
      ...experiment,
      only,
      backend,
      runSeed,
      chipSeed,
      chips,
      threads,
      batch,
      onStage: progress.stage,
      onProgress: progress.update,
    });
    progress.stop();
    if (flags.figure) {
      const { writeFigure } = await import('../report/kit/figures/writeFigure.js');
      const title = `What costs ${experiment.network.name} its accuracy on ${experiment.hardware.name}`;
      await writeFigure(flags.figure, attributionFigure(attribution, title));
    }
    if (flags.json) {
      const { writeJson } = await import('../report/kit/json.js');
      const { hardware } = experiment;
      await writeJson(flags.json, { schema: 'sonic-attribution/1', hardware, runSeed, chipSeed, ...attribution });
    }
    if (flags.json !== '-') process.stdout.write(`${renderAttribution(attribution)}\n`);
  } finally {
    progress.stop();
  }
}

/** The command `sonic attribute`. */
export function attributeCommand(): Command {
  const command = new Command('attribute')
    .description('Run every effect of the hardware alone and leave each one out; print what it costs, layer by layer')
    .argument('<NETWORK>', options.ANY_NETWORK)
    .addOption(options.hardwareOption())
    .addOption(options.setOption())
    .addOption(effectsOption())
    .addOption(options.imagesOption('run only the first N images').default(1000));
  return options
    .withDataOptions(command)
    .addOption(options.seedOption())
    .addOption(options.chipOption())
    .addOption(options.chipsOption())
    .addOption(options.staticOption())
    .addOption(backendOption())
    .addOption(options.threadsOption())
    .addOption(options.batchOption())
    .addOption(figureOption())
    .addOption(options.jsonOption())
    .addHelpText(
      'after',
      `
Examples:
  sonic attribute mnist --images 500                     one chip, a look
  sonic attribute mnist --images 2000 --chips 4          with the scatter of chips in the intervals
  sonic attribute mnist --set vcsel.chirp_nm=0.03 --effects chirp,selfHeating
  sonic attribute cifar10 --backend webgpu --batch 256   on a GPU; the layers' own errors stay those of wasm
  sonic attribute resnet8.h5 --dataset cifar10 --data cifar-10-binary.tar.gz --images 2000 --chips 4
  sonic attribute mnist --hardware sonic-pessimistic --figure attribution.svg --json attribution.json`,
    )
    .action(attributeEffects);
}
