/** `sonic hardware`: what there is to emulate. */
import { Command } from 'commander';
import { setOption } from './options.js';

interface ShowOptions {
  readonly set: readonly string[];
  readonly json?: boolean;
}

async function show(nameOrFile: string, { set, json }: ShowOptions): Promise<void> {
  const { loadHardware } = await import('../hardware/descriptionFiles.js');
  const { hardwareWarnings } = await import('../hardware/hardwareWarnings.js');
  const hardware = await loadHardware(nameOrFile, set);
  for (const warning of hardwareWarnings(hardware)) process.stderr.write(`warning: ${warning}\n`);
  if (json) {
    process.stdout.write(`${JSON.stringify(hardware, null, 2)}\n`);
    return;
  }
  const { annotatedYaml } = await import('../report/hardware/annotatedYaml.js');
  process.stdout.write(`${annotatedYaml(hardware)}\n`);
}

async function list(): Promise<void> {
  const [{ PRESETS }, { renderTable }] = await Promise.all([
    import('../hardware/presets/index.js'),
    import('../report/kit/table.js'),
  ]);
  const table = renderTable(Object.entries(PRESETS), {
    columns: [
      { title: 'preset', value: ([name]) => name },
      { title: 'what it is', value: ([, { description }]) => description },
    ],
  });
  process.stdout.write(`${table}\n`);
}

async function diff(a: string, b: string): Promise<void> {
  const [{ diffHardware, loadHardware, valueText }, { renderTable }] = await Promise.all([
    import('../hardware/descriptionFiles.js'),
    import('../report/kit/table.js'),
  ]);
  const differences = diffHardware(await loadHardware(a), await loadHardware(b));
  if (differences.length === 0) {
    process.stdout.write(`'${a}' and '${b}' describe the same hardware\n`);
    return;
  }
  const table = renderTable(differences, {
    columns: [
      { title: 'path', value: ({ path }) => path },
      { title: a, align: 'right', value: ({ from }) => valueText(from) },
      { title: b, align: 'right', value: ({ to }) => valueText(to) },
    ],
  });
  process.stdout.write(`${table}\n`);
}

/** The command `hardware` with `show`, `list` and `diff`. */
export function hardwareCommand(): Command {
  const command = new Command('hardware').description('Show, list and compare hardware descriptions');
  command
    .command('show')
    .description('Print a hardware description with every field: YAML that can be edited and read back')
    .argument('[NAME|FILE]', 'preset, or YAML or JSON file', 'sonic')
    .addOption(setOption())
    .option('--json', 'print JSON')
    .addHelpText(
      'after',
      `
Examples:
  sonic hardware show > mine.yaml
  sonic hardware show sonic-pessimistic --set adc.bits=8
  sonic hardware show mine.yaml --json`,
    )
    .action(show);
  command
    .command('list')
    .description('List the presets')
    .addHelpText('after', '\nExample:\n  sonic hardware list')
    .action(list);
  command
    .command('diff')
    .description('Print the fields in which two hardware descriptions differ')
    .argument('<A>', 'preset, or YAML or JSON file')
    .argument('[B]', 'what to compare with', 'sonic')
    .addHelpText(
      'after',
      '\nExamples:\n  sonic hardware diff sonic-optimistic\n  sonic hardware diff mine.yaml sonic-pessimistic',
    )
    .action(diff);
  return command;
}
