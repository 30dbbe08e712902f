/** `sonic cost`: time, power and energy of a network on SONIC, without data. */
import { Command, Option } from 'commander';
import { type EnergyFlags, energiesOption, loadCosted } from './costOptions.js';
import { figureOption } from './figureOption.js';
import {
  ANY_CHECKPOINT,
  hardwareOption,
  jsonOption,
  layerTargets,
  type NetworkFlags,
  seedNumber,
  setOption,
  sparsityOption,
  staticOption,
  type Targets,
  withNetworkOptions,
} from './options.js';

interface CostFlags extends EnergyFlags, NetworkFlags {
  readonly sparsity?: Targets;
  readonly activationSparsity?: Targets;
  readonly chip?: number;
  readonly static?: string;
  readonly figure?: string;
  readonly json?: string;
  readonly verbose?: boolean;
}

async function cost(nameOrFile: string, flags: CostFlags): Promise<void> {
  const [{ loadCostSubject, activationsOf }, { costStudy }] = await Promise.all([
    import('../experiments/run/costSubject.js'),
    import('../cost/study.js'),
  ]);
  const { hardware, table } = await loadCosted(flags);
  const { loadMeasuredChip } = await import('../experiments/chip/staticFile.js');
  const measured = flags.static === undefined ? null : await loadMeasuredChip(flags.static, hardware);
  const { architecture, preprocessing, key } = flags;
  const subject = await loadCostSubject(nameOrFile, flags.sparsity, { architecture, preprocessing, key });
  for (const remark of subject.remarks) process.stderr.write(`${nameOrFile}: ${remark}\n`);
  const statistics = subject.statistics(hardware);
  const study = costStudy(statistics, hardware, {
    sparsitySource: subject.sparsitySource,
    warnings: subject.warnings,
    activations: activationsOf(flags.activationSparsity, statistics),
    table,
    chipSeed: flags.chip,
    measured,
  });
  if (flags.figure !== undefined) {
    const [{ costFigure }, { writeFigure }] = await Promise.all([
      import('../report/cost/costFigure.js'),
      import('../report/kit/figures/writeFigure.js'),
    ]);
    await writeFigure(flags.figure, costFigure(study));
  }
  if (flags.json !== undefined) {
    const { writeJson } = await import('../report/kit/json.js');
    await writeJson(flags.json, { schema: 'sonic-cost/1', ...study });
  }
  if (flags.json === '-') return;
  const { renderCost } = await import('../report/cost/costTables.js');
  process.stdout.write(`${renderCost(study, { verbose: flags.verbose ?? false })}\n`);
}

/** The command `sonic cost`. */
export function costCommand(): Command {
  const command = new Command('cost')
    .description('Time, power and energy of a network on SONIC by layer and device; needs no data')
    .argument(
      '<NETWORK>',
      `one of the paper's (mnist or mnist-3x3, cifar10, svhn, stl10) with table 3's sparsities, or a ${ANY_CHECKPOINT}`,
    )
    .addOption(
      sparsityOption(
        "share of zero weights, for all layers or LAYER=S,...; the other layers keep the default (default: table 3's)",
      ),
    )
    .addOption(
      new Option(
        '--activation-sparsity <S>',
        'share of zero activations, for all layers or LAYER=S,...; the other layers keep the default (default: 0.5, of the image 0)',
      ).argParser(layerTargets()),
    );
  return withNetworkOptions(command)
    .addOption(hardwareOption())
    .addOption(setOption())
    .addOption(energiesOption())
    .addOption(
      new Option('--chip <N>', 'trim the rings of this chip (default: tuning.trimShift_nm each)').argParser(seedNumber),
    )
    .addOption(staticOption())
    .addOption(figureOption())
    .addOption(jsonOption())
    .option('--verbose', 'print the energies per action with their sources')
    .addHelpText(
      'after',
      `
Examples:
  sonic cost cifar10
  sonic cost mnist --sparsity 0.8 --figure mnist-cost.svg
  sonic cost checkpoints/mnist.safetensors --set vdu.conv.units=100 --json -
  sonic cost resnet20.th --architecture resnet20-cifar10
  sonic cost svhn --set adc.bits=8 --devices my-energies.yaml`,
    )
    .action(cost);
}
