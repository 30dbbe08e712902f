/** `sonic compare`: SONIC beside seven other accelerators, and the replication report. */
import { Command, Option } from 'commander';
import type { Averaging } from '../cost/accelerators/comparison.js';
import type { Setting } from '../cost/accelerators/types.js';
import type { HardwareDescription } from '../hardware/description.js';
import { commandLine } from './commandLine.js';
import { type EnergyFlags, loadCosted } from './costOptions.js';
import { figureOption } from './figureOption.js';
import {
  ANY_CHECKPOINT,
  hardwareOption,
  jsonOption,
  type NetworkFlags,
  setOption,
  withNetworkOptions,
} from './options.js';

interface CompareFlags extends EnergyFlags, NetworkFlags {
  readonly devices: string;
  readonly averaging: Averaging;
  readonly figure?: string;
  readonly json?: string;
  readonly report?: string;
  readonly search?: boolean;
}

/** Fields that the search varies: what else they could be would go unsaid. */
const SEARCHED_FIELDS = [
  'cost.converterAccounting',
  'cost.doubleBuffered',
  'cost.pipelinedLayers',
  'receiver.samplingInterval_ns',
  'adc.latency_ns',
  'vdu.conv.chunking',
];

/** @throws UsageError where a field that the search varies is not as preset sonic has it */
async function checkSearched(flag: string, hardware: HardwareDescription): Promise<void> {
  const [{ UsageError }, { valueAtPath }, { presetHardware }] = await Promise.all([
    import('../base/errors.js'),
    import('../hardware/descriptionFiles.js'),
    import('../hardware/presets/index.js'),
  ]);
  const paper = presetHardware('sonic');
  const varied = SEARCHED_FIELDS.find((path) => valueAtPath(hardware, path) !== valueAtPath(paper, path));
  if (varied !== undefined) throw new UsageError(`${flag} varies ${varied} itself: leave it as preset sonic has it`);
}

/** `sonic compare --search`: all combinations of what the papers leave open. */
async function search(flags: CompareFlags): Promise<void> {
  const { devices: _d, ...rest } = flags;
  const { hardware, table } = await loadCosted(rest);
  await checkSearched('--search', hardware);
  const [{ searchCombinations }, { analyseSearch }, { renderSearch, searchJson }] = await Promise.all([
    import('../cost/accelerators/search.js'),
    import('../cost/accelerators/searchAnalysis.js'),
    import('../report/compare/searchReport.js'),
  ]);
  const found = searchCombinations({ hardware, table, devices: 'own' });
  const analysis = analyseSearch(found);
  if (flags.json !== undefined) {
    const { writeJson } = await import('../report/kit/json.js');
    await writeJson(flags.json, { schema: 'sonic-compare-search/1', hardware, ...searchJson(found, analysis) });
  }
  if (flags.json !== '-') process.stdout.write(`${renderSearch(found, analysis)}\n`);
}

async function writeReport(file: string, setting: Setting, averaging: Averaging): Promise<void> {
  await checkSearched('--report', setting.hardware);
  const [{ gatherReplication }, { renderReplication }, { writeFileAtomic }] = await Promise.all([
    import('../report/compare/replicationData.js'),
    import('../report/compare/replication.js'),
    import('../base/files.js'),
  ]);
  await writeFileAtomic(file, renderReplication(await gatherReplication(setting, averaging, commandLine())));
}

/** @throws UsageError for networks, or options of their files, beside what is of the paper's four. */
async function checkNetworks(networks: readonly string[], flags: CompareFlags): Promise<void> {
  const { UsageError } = await import('../base/errors.js');
  const ofPaper = flags.search ? '--search' : flags.report === undefined ? null : '--report';
  if (networks.length > 0 && ofPaper) throw new UsageError(`${ofPaper} is of the paper's four networks; name none`);
  const stray = (['architecture', 'preprocessing', 'key'] as const).find((name) => flags[name] !== undefined);
  if (networks.length === 0 && stray) throw new UsageError(`--${stray} is for a file: name the network to compare on`);
}

/** Workloads of the networks named; undefined, the paper's four, where none is. */
async function ownWorkloads(networks: readonly string[], { architecture, preprocessing, key }: NetworkFlags) {
  if (networks.length === 0) return undefined;
  const { loadWorkloads } = await import('../experiments/run/costSubject.js');
  const { at, remarks } = await loadWorkloads(networks, { architecture, preprocessing, key });
  for (const remark of remarks) process.stderr.write(`${remark}\n`);
  return at;
}

async function compare(networks: readonly string[], flags: CompareFlags): Promise<void> {
  await checkNetworks(networks, flags);
  const { checkOutputs } = await import('../base/files.js');
  await checkOutputs(flags.report, flags.figure, flags.json);
  if (flags.search) return search(flags);
  const [{ compareDesigns }, { sensitivities }] = await Promise.all([
    import('../cost/accelerators/comparison.js'),
    import('../cost/accelerators/sensitivity.js'),
  ]);
  const { devices: given, ...rest } = flags;
  const named = given === 'own' || given === 'sonic';
  const { hardware, table } = await loadCosted(named ? rest : { ...rest, devices: given });
  const setting: Setting = { hardware, table, devices: given === 'own' ? 'own' : 'sonic' };
  const own = await ownWorkloads(networks, flags);
  const comparison = compareDesigns(setting, flags.averaging, own?.(), own === undefined);
  const rows = sensitivities(setting, flags.averaging, own);
  if (flags.figure !== undefined) {
    const [{ comparisonFigure }, { writeFigure }] = await Promise.all([
      import('../report/compare/compareFigure.js'),
      import('../report/kit/figures/writeFigure.js'),
    ]);
    await writeFigure(flags.figure, comparisonFigure(comparison));
  }
  if (flags.report !== undefined) await writeReport(flags.report, setting, flags.averaging);
  if (flags.json !== undefined) {
    const { writeJson } = await import('../report/kit/json.js');
    await writeJson(flags.json, { schema: 'sonic-compare/1', ...comparison, sensitivities: rows });
  }
  if (flags.json === '-') return;
  const { renderComparison } = await import('../report/compare/compareTables.js');
  process.stdout.write(`${renderComparison(comparison, rows)}\n`);
}

/** The command `sonic compare`. */
export function compareCommand(): Command {
  const command = new Command('compare')
    .description("SONIC beside seven accelerators on the paper's four networks; ratios beside the published ones")
    .argument('[NETWORKS...]', `the paper's networks (default: all four), or any ${ANY_CHECKPOINT}`);
  return withNetworkOptions(command)
    .addOption(
      new Option(
        '--devices <TABLE>',
        "of the photonic designs: own (each paper's), sonic (table 2 for all), or your energies per action, a file",
      ).default('own'),
    )
    .addOption(
      new Option('--averaging <RULE>', 'of the ratios over the networks')
        .choices(['ratioOfMeans', 'meanOfRatios', 'geometric'])
        .default('ratioOfMeans'),
    )
    .addOption(hardwareOption())
    .addOption(setOption())
    .addOption(
      new Option(
        '--search',
        'all combinations of the choices that the papers leave open: how near each printed ratio and all together are come to',
      ).conflicts(['devices', 'averaging', 'figure', 'report']),
    )
    .addOption(new Option('--report <FILE>', 'write the replication report, Markdown, with both device tables'))
    .addOption(figureOption())
    .addOption(jsonOption())
    .addHelpText(
      'after',
      `
Examples:
  sonic compare
  sonic compare --devices sonic --figure ratios.svg
  sonic compare resnet8.h5 cifar10
  sonic compare --search --json search.json
  sonic compare --set cost.converterAccounting=perConversion --json compare.json
  sonic compare --report docs/replication.md`,
    )
    .action(compare);
}
