/** `sonic report`: sweeps or results as one page that opens anywhere, and their figures for papers. */
import { Command } from 'commander';
import type { Report } from '../report/report.js';
import { createProgress } from './progress.js';

interface ReportFlags {
  readonly output: string;
  readonly title?: string;
  readonly figures?: string;
  readonly sweep: readonly string[];
}

async function resultsReport(files: readonly string[], { title }: ReportFlags): Promise<Report> {
  const [{ readResult }, { resultReport }] = await Promise.all([
    import('../result/readResult.js'),
    import('../report/report.js'),
  ]);
  const results: { file: string; result: Awaited<ReturnType<typeof readResult>> }[] = [];
  for (const file of files) results.push({ file, result: await readResult(file) });
  return resultReport(results, { title });
}

async function report(inputs: readonly string[], flags: ReportFlags): Promise<void> {
  const [{ checkOutputs }, { writeReport }, { formatSi }] = await Promise.all([
    import('../files.js'),
    import('../report/writeReport.js'),
    import('../report/units.js'),
  ]);
  await checkOutputs(flags.output);
  const progress = createProgress('figures');
  try {
    progress.stage('drawing');
    const made = await resultsReport(inputs, flags);
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
    .option('--output <FILE>', 'page to write', 'report.html')
    .option('--title <TEXT>', "title of the page (default: the sweep's or the run's)")
    .option('--figures <DIR>', 'folder for SVG and PNG of each figure; made where it is not there')
    .addHelpText(
      'after',
      `
Examples:
  sonic run mnist --chips 10 --images 1000 --json run.json && sonic report run.json
  sonic report 8bit.json 12bit.json --title 'Converter bits' --output bits.html --figures figures`,
    )
    .action(report);
}
