/** `sonic report`: sweeps or results as one page that opens anywhere, and their figures for papers. */
import { Command, Option } from 'commander';
import type { Report } from '../report/page/buildReport.js';
import { collect } from './options.js';
import { createProgress } from './progress.js';

interface ReportFlags {
  readonly output: string;
  readonly title?: string;
  readonly figures?: string;
  readonly sweep: readonly string[];
}

async function resultsReport(files: readonly string[], { title }: ReportFlags): Promise<Report> {
  const [{ readResult }, { resultReport }] = await Promise.all([
    import('../experiments/result/readResult.js'),
    import('../report/page/buildReport.js'),
  ]);
  const results: { file: string; result: Awaited<ReturnType<typeof readResult>> }[] = [];
  for (const file of files) results.push({ file, result: await readResult(file) });
  return resultReport(results, { title });
}

/** The sweeps of a store that were asked for, or all. */
async function storeReport(folder: string, { title, sweep: wanted }: ReportFlags): Promise<Report> {
  const [{ openTrialStore }, { summarise }, { sweepReport }, { SonicError }, { nearest }] = await Promise.all([
    import('../experiments/store/store.js'),
    import('../experiments/sweep/summary.js'),
    import('../report/page/buildReport.js'),
    import('../base/errors.js'),
    import('../base/text/nearest.js'),
  ]);
  const store = await openTrialStore(folder, {
    readOnly: true,
    onDamage: ({ file, problem }) => process.stderr.write(`sonic: ${file}: ${problem}; it counts as not finished\n`),
  });
  const sweeps = await store.sweeps();
  const names = sweeps.map(({ name }) => name);
  const unknown = wanted.find((name) => !names.includes(name));
  if (unknown !== undefined || sweeps.length === 0) {
    const near = unknown === undefined ? undefined : nearest(unknown, names);
    const hint = near ? `did you mean '${near}'?` : `it has ${names.join(', ') || "none; 'sonic sweep' makes one"}`;
    throw new SonicError(`store '${folder}': no sweep${unknown === undefined ? '' : ` '${unknown}'`}; ${hint}`);
  }
  const chosen = wanted.length === 0 ? sweeps : sweeps.filter(({ name }) => wanted.includes(name));
  const summaries = [];
  for (const manifest of chosen) summaries.push(await summarise(manifest, store));
  return sweepReport(summaries, { title, store: folder });
}

/** A folder is a store, files are results; the two do not mix. */
async function reportOf(inputs: readonly string[], flags: ReportFlags): Promise<Report> {
  const [{ stat }, { UsageError }] = await Promise.all([import('node:fs/promises'), import('../base/errors.js')]);
  const areFolders = await Promise.all(inputs.map(async (path) => (await stat(path).catch(() => null))?.isDirectory()));
  if (!areFolders.some(Boolean)) {
    if (flags.sweep.length > 0)
      throw new UsageError('--sweep chooses from a store, but the inputs are files; name its folder');
    return resultsReport(inputs, flags);
  }
  if (inputs.length > 1)
    throw new UsageError('a report is of one store, or of results; name a single folder, or files only');
  return storeReport(inputs[0]!, flags);
}

async function report(inputs: readonly string[], flags: ReportFlags): Promise<void> {
  const [{ checkOutputs }, { writeReport }, { formatSi }] = await Promise.all([
    import('../base/files.js'),
    import('../report/page/writeReport.js'),
    import('../base/text/units.js'),
  ]);
  await checkOutputs(flags.output);
  const progress = createProgress('figures');
  try {
    progress.stage('drawing');
    const made = await reportOf(inputs, flags);
    await writeReport(made, flags.output, flags.figures);
    progress.stop();
    const size = formatSi(Buffer.byteLength(made.html), 'B');
    const beside = flags.figures === undefined ? '' : `, SVG and PNG of each in ${flags.figures}`;
    if (flags.output !== '/dev/stdout') {
      process.stdout.write(`${flags.output}: ${made.figures.length} figures${beside}; ${size}\n`);
    }
  } finally {
    progress.stop();
  }
}

/** The command `sonic report`. */
export function reportCommand(): Command {
  return new Command('report')
    .description('Write sweeps or results as one HTML page that needs no network; figures as SVG and PNG for papers')
    .argument('<STORE|RESULT...>', "folder of a sweep's trials, or files of 'sonic run --json'")
    .addOption(
      new Option('--sweep <NAME>', 'which sweep of the store; may be repeated').argParser(collect).default([], 'all'),
    )
    .option('--output <FILE>', 'page to write', 'report.html')
    .option('--title <TEXT>', "title of the page (default: the sweep's or the run's)")
    .option('--figures <DIR>', 'folder for SVG and PNG of each figure; made where it is not there')
    .addHelpText(
      'after',
      `
Examples:
  sonic report results --sweep rings --output rings.html --figures figures
  sonic run mnist --chips 10 --images 1000 --json run.json && sonic report run.json
  sonic report 8bit.json 12bit.json --title 'Converter bits' --output bits.html --figures figures`,
    )
    .action(report);
}
