/** `sonic conformance`: another implementation's cases against the kernels here. */
import { Command, Option } from 'commander';
import { UsageError } from '../base/errors.js';
import { BACKENDS, type BackendName } from '../emulation/backends/types.js';
import { countOption, jsonOption, seedOption } from './options.js';

interface ConformanceFlags {
  readonly backend: BackendName | 'all';
  readonly json?: string;
  readonly verbose?: boolean;
  readonly random?: number;
  readonly seed: number;
}

async function conformance(files: readonly string[], flags: ConformanceFlags): Promise<void> {
  const { backend, json, verbose, random, seed } = flags;
  if (files.length === 0 && random === undefined) {
    throw new UsageError(
      'conformance wants FILE or --random: name files of cases, such as test/conformance/*.json, or how many to draw',
    );
  }
  const [{ runConformance }, { renderConformance }, { writeJson }] = await Promise.all([
    import('../experiments/conformance/runConformance.js'),
    import('../report/conformance/conformanceReport.js'),
    import('../report/kit/json.js'),
  ]);
  const report = await runConformance(files, {
    ...(backend === 'all' ? {} : { backends: [backend] }),
    ...(random === undefined ? {} : { random: { cases: random, seed } }),
  });
  if (json !== undefined) await writeJson(json, report);
  if (json !== '-') process.stdout.write(`${renderConformance(report, { verbose: verbose ?? false })}\n`);
  if (!report.passed) process.exitCode = 1;
}

/** The command `conformance`. */
export function conformanceCommand(): Command {
  return new Command('conformance')
    .description(
      'Compare the kernels with the cases of another implementation; exits 1 if a quantity is out of tolerance',
    )
    .argument('[FILE...]', 'files of cases, format sonic-conformance/1')
    .addOption(
      new Option('--backend <NAME>', 'whose kernels to check; all: every one there is')
        .choices([...BACKENDS, 'all'])
        .default('all'),
    )
    .addOption(
      countOption('--random <N>', 'also N layers on hardware drawn at random, against the float64 reference', 100_000),
    )
    .addOption(seedOption('seed of the random cases'))
    .addOption(jsonOption())
    .option('--verbose', 'print every quantity of every case')
    .addHelpText(
      'after',
      `
Examples:
  sonic conformance test/conformance/*.json
  sonic conformance test/conformance/ring.json --backend reference --verbose
  sonic conformance --random 200 --backend webgpu
  sonic conformance mine.json --json report.json`,
    )
    .action(conformance);
}
