/** `sonic doctor`: what works here, what does not, and what to do about it. */
import { Command } from 'commander';
import * as options from './options.js';
import { createProgress } from './progress.js';

async function doctor({ json }: { json?: string }): Promise<void> {
  const { checkOutputs } = await import('../base/files.js');
  await checkOutputs(json);
  const { diagnose } = await import('../experiments/doctor/diagnose.js');
  const progress = createProgress('backends');
  const diagnosis = await diagnose((name) => progress.stage(`testing backend ${name}`)).finally(progress.stop);
  const { writeJson } = await import('../report/kit/json.js');
  if (json) await writeJson(json, diagnosis);
  if (json !== '-') {
    const { renderDiagnosis } = await import('../report/doctor/doctorReport.js');
    process.stdout.write(`${renderDiagnosis(diagnosis)}\n`);
  }
  process.exitCode = diagnosis.defaultsWork ? 0 : 1;
}

/** The command `sonic doctor`. */
export function doctorCommand(): Command {
  return new Command('doctor')
    .description('Test every backend against the reference; list versions, data sets, networks and optional programs')
    .addOption(options.jsonOption())
    .addHelpText(
      'after',
      `
Each backend runs a small convolution and a dense layer with all noise, and is compared with the float64 reference:
deviation is root mean square over the spread of the outputs; more than 1e-3 counts as wrong. Exits 1 where
'sonic run mnist' would not work.

Examples:
  sonic doctor
  sonic doctor --json -`,
    )
    .action(doctor);
}
