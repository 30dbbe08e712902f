/** `sonic device`: what the models of the devices do, as tables and figures. */
import { Command, Option } from 'commander';
import { UsageError } from '../base/errors.js';
import type { HardwareDescription } from '../hardware/description.js';
import type { BankKind } from '../hardware/optics/bank.js';
import { figureOption } from './figureOption.js';
import {
  chipOption,
  hardwareOption,
  jsonOption,
  numberList,
  positiveNumber,
  seedNumber,
  setOption,
  staticOption,
  wholeNumber,
} from './options.js';

interface DeviceFlags {
  readonly hardware: string;
  readonly set: readonly string[];
  readonly figure?: string;
  readonly json?: string;
  readonly response?: string;
}

/** What a subcommand found out: for people, for programs, and as a picture drawn only where asked for. */
interface Finding {
  readonly text: string;
  readonly json: object;
  readonly figure: () => Promise<string>;
}

/** Loads the hardware, has it studied, and writes what the flags ask for. */
async function explore<Flags extends DeviceFlags>(
  name: string,
  flags: Flags,
  study: (hardware: HardwareDescription, flags: Flags) => Promise<Finding>,
): Promise<void> {
  const { hardwareHash, loadHardware } = await import('../hardware/descriptionFiles.js');
  const hardware = await loadHardware(flags.hardware, flags.set, flags.response);
  const { text, json, figure } = await study(hardware, flags);
  if (flags.figure !== undefined) {
    const { writeFigure } = await import('../report/kit/figures/writeFigure.js');
    await writeFigure(flags.figure, await figure());
  }
  if (flags.json !== undefined) {
    const { writeJson } = await import('../report/kit/json.js');
    // Infinite effective bits (no error at all) are null in JSON.
    await writeJson(flags.json, { schema: `sonic-device-${name}/1`, hardwareHash: hardwareHash(hardware), ...json });
  }
  if (flags.json !== '-') process.stdout.write(`${text}\n`);
}

interface RingFlags extends DeviceFlags {
  readonly span?: number;
}

async function ring(hardware: HardwareDescription, { span }: RingFlags): Promise<Finding> {
  const [{ ringStudy }, { renderRing }] = await Promise.all([
    import('../experiments/devices/ringStudy.js'),
    import('../report/devices/ringReport.js'),
  ]);
  const study = ringStudy(hardware, span);
  const figure = async () => (await import('../report/devices/ringFigure.js')).ringFigure(study);
  return { text: renderRing(study), json: study, figure };
}

interface BankFlags extends DeviceFlags {
  readonly kind: BankKind;
  readonly weights?: readonly number[];
  readonly seed: number;
  readonly chip: number;
  readonly static?: string;
  readonly export?: string;
  readonly unit: number;
}

/** Static errors of `--static`; null: all are drawn. */
async function measuredOf(hardware: HardwareDescription, file: string | undefined) {
  if (file === undefined) return null;
  const { loadMeasuredChip } = await import('../experiments/chip/staticFile.js');
  return loadMeasuredChip(file, hardware);
}

/** @throws UsageError where the bank cannot hold the values, or there is no such unit. */
async function checkBankFlags(hardware: HardwareDescription, { kind, weights = [], unit }: BankFlags): Promise<void> {
  const { railsOf } = await import('../hardware/derived.js');
  const { size, units } = hardware.vdu[kind];
  if (unit >= units)
    throw new UsageError(`--unit ${unit}: there are ${units} units (vdu.${kind}.units), 0 to ${units - 1}`);
  if (weights.length > size) {
    throw new UsageError(`--weights has ${weights.length} values, a bank holds ${size} (vdu.${kind}.size); give fewer`);
  }
  const least = kind === 'conv' && railsOf(hardware) === 2 ? -1 : 0;
  const outside = weights.find((value) => value < least || value > 1);
  if (outside !== undefined) {
    throw new UsageError(`--weights ${outside}: a value that a ${kind} bank holds is from ${least} to 1`);
  }
}

async function bank(hardware: HardwareDescription, flags: BankFlags): Promise<Finding> {
  await checkBankFlags(hardware, flags);
  const measured = await measuredOf(hardware, flags.static);
  if (flags.export !== undefined) {
    const { writeStaticFile } = await import('../experiments/chip/staticFile.js');
    await writeStaticFile(flags.export, hardware, flags.chip, measured);
  }
  const [{ bankStudy }, { bankSweep }, { renderBank }] = await Promise.all([
    import('../experiments/devices/bankStudy.js'),
    import('../experiments/devices/bankSweep.js'),
    import('../report/devices/bankReport.js'),
  ]);
  const { kind, weights, seed, chip: chipSeed, unit } = flags;
  const study = bankStudy(hardware, { kind, held: weights, seed, chipSeed, unit, measured });
  const sweep = bankSweep(hardware, { kind, seed, chipSeed });
  const figure = async () => (await import('../report/devices/bankFigure.js')).bankFigure(study, sweep);
  return { text: renderBank(study, sweep), json: { ...study, sweep }, figure };
}

interface ThermalFlags extends DeviceFlags {
  readonly kind: BankKind;
  readonly seed: number;
  readonly chip: number;
  readonly static?: string;
}

async function thermal(hardware: HardwareDescription, flags: ThermalFlags): Promise<Finding> {
  const { kind, seed, chip: chipSeed } = flags;
  const measured = await measuredOf(hardware, flags.static);
  const [{ thermalStudy }, { renderThermal }] = await Promise.all([
    import('../experiments/devices/thermalStudy.js'),
    import('../report/devices/thermalReport.js'),
  ]);
  const study = thermalStudy(hardware, { kind, seed, chipSeed, measured });
  const figure = async () => (await import('../report/devices/thermalFigure.js')).thermalFigure(study);
  return { text: renderThermal(study), json: study, figure };
}

async function link(hardware: HardwareDescription): Promise<Finding> {
  const [{ linkStudy }, { renderLink }] = await Promise.all([
    import('../experiments/devices/linkStudy.js'),
    import('../report/devices/linkReport.js'),
  ]);
  const study = linkStudy(hardware);
  const figure = async () => (await import('../report/devices/linkFigure.js')).linkFigure(study);
  return { text: renderLink(study), json: study, figure };
}

interface AdcFlags extends DeviceFlags {
  readonly kind: BankKind;
  readonly range?: number;
}

async function adc(hardware: HardwareDescription, { kind, range }: AdcFlags): Promise<Finding> {
  const [{ adcStudy }, { renderAdc }] = await Promise.all([
    import('../experiments/devices/adcStudy.js'),
    import('../report/devices/adcReport.js'),
  ]);
  const study = adcStudy(hardware, { kind, range });
  const figure = async () => (await import('../report/devices/adcFigure.js')).adcFigure(study);
  return { text: renderAdc(study), json: study, figure };
}

const kindOption = (what: string) => new Option('--kind <KIND>', what).choices(['conv', 'fc']).default('conv');
const valueSeedOption = () => new Option('--seed <N>', 'seed of random held values').argParser(seedNumber).default(1);

/** A subcommand with what all of them take. */
function subcommand<Flags extends DeviceFlags>(
  name: string,
  description: string,
  study: (hardware: HardwareDescription, flags: Flags) => Promise<Finding>,
  own: readonly Option[],
  examples: readonly string[],
): Command {
  const command = new Command(name).description(description);
  const options = [hardwareOption(), setOption(), ...own, figureOption(), jsonOption()];
  for (const option of options) command.addOption(option);
  return command
    .addHelpText('after', `\nExamples:\n${examples.map((example) => `  sonic device ${name} ${example}`).join('\n')}`)
    .action((flags: Flags) => explore(name, flags, study));
}

/** The command `device` with `ring`, `bank`, `thermal`, `link` and `adc`. */
export function deviceCommand(): Command {
  const response = new Option(
    '--response <FILE>',
    'measured response, CSV of detuning_nm,transmission, beside the Airy curve fitted to it',
  );
  const span = new Option('--span <NM>', 'width of the curve, nm (default: six full-scale detunings)');
  const weights = new Option('--weights <LIST>', 'values to hold, with commas between (default: random)');
  const unit = new Option('--unit <N>', 'unit whose bank is shown').argParser(wholeNumber(0)).default(0);
  const exported = new Option(
    '--export <FILE>',
    "write the static errors of the chip's CONV and FC banks: .npz of NumPy, or .json; --static reads them",
  );
  const range = new Option('--range <U>', "full scale in full-scale products (default: the description's)");
  return new Command('device')
    .description('explore the models of the devices: tables, figures, JSON')
    .addCommand(
      subcommand(
        'ring',
        'the microring: transmission, sensitivity, levels',
        ring,
        [span.argParser(positiveNumber), response],
        [
          '',
          '--set microring.qualityFactor=20000 --figure ring.svg',
          '--hardware sonic-pessimistic --span 18 --json ring.json',
          '--response examples/responses/airy-ripple.csv --figure ring.svg',
        ],
      ),
    )
    .addCommand(
      subcommand(
        'bank',
        'a bank of rings: crosstalk, its compensation, effective bits of held values',
        bank,
        [
          kindOption('CONV or FC bank'),
          weights.argParser(numberList),
          valueSeedOption(),
          chipOption(),
          staticOption(),
          unit,
          exported,
        ],
        [
          '--kind fc',
          '--weights 1,-0.5,0.25,0,1 --figure bank.png',
          '--kind fc --hardware sonic-single-waveguide',
          '--set grid.compensation=gain --json -',
          '--chip 3 --export chip3.npz',
        ],
      ),
    )
    .addCommand(
      subcommand(
        'thermal',
        'heat between rings: coupling, drives with and without TED, errors left',
        thermal,
        [kindOption('CONV or FC banks'), valueSeedOption(), chipOption(), staticOption()],
        ['', '--kind fc --set microring.gap_um=10 --figure thermal.svg', '--set tuning.tedResidual=0.05 --chip 2'],
      ),
    )
    .addCommand(
      subcommand(
        'link',
        'losses, photocurrent, noise of a partial sum',
        link,
        [],
        ['', '--set vcsel.opticalPower_mW=0.1 --figure link.png', '--hardware sonic-pessimistic --json link.json'],
      ),
    )
    .addCommand(
      subcommand(
        'adc',
        'steps and noise of the ADC, bits that rounding and read noise leave',
        adc,
        [kindOption('unit of the transfer curve'), range.argParser(positiveNumber)],
        ['', '--set adc.bits=8 --range 1.7 --figure adc.svg', '--hardware sonic-optimistic --kind fc'],
      ),
    );
}
