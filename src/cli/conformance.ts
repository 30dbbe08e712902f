/** `sonic conformance`: another implementation's cases against the kernels here. */
import { Command, Option } from 'commander';
import { BACKENDS, type BackendName } from '../emulation/backends/types.js';
import { jsonOption } from './options.js';

interface ConformanceFlags {
  readonly backend: BackendName | 'all';
  readonly json?: string;
  readonly verbose?: boolean;
}

async function conformance(files: readonly string[], { backend, json, verbose }: ConformanceFlags): Promise<void> {
  const [{ runConformance }, { renderConformance }, { writeJson }] = await Promise.all([
    import('../experiments/conformance/runConformance.js'),
    import('../report/conformance/conformanceReport.js'),
    import('../report/kit/json.js'),
  ]);
  const report = await runConformance(files, backend === 'all' ? {} : { backends: [backend] });
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
    .argument('<FILE...>', 'files of cases, format sonic-conformance/1')
    .addOption(
      new Option('--backend <NAME>', 'whose kernels to check; all: every one there is')
        .choices([...BACKENDS, 'all'])
        .default('all'),
    )
    .addOption(jsonOption())
    .option('--verbose', 'print every quantity of every case')
    .addHelpText(
      'after',
      `
Examples:
  sonic conformance test/conformance/*.json
  sonic conformance test/conformance/ring.json --backend reference --verbose
  sonic conformance mine.json --json report.json`,
    )
    .action(conformance);
}
