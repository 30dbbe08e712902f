/** `sonic inspect`: what a checkpoint holds. */
import { Command } from 'commander';
import * as options from './options.js';

interface InspectFlags {
  readonly architecture?: string;
  readonly preprocessing?: string;
  readonly key?: string;
  readonly json?: string;
}

/** A file that holds only tensors: their list, and a draft of the architecture they may belong to. */
async function inspectTensors(file: string, { json, key }: InspectFlags): Promise<boolean> {
  const { listTensors } = await import('../networks/formats/index.js');
  const found = await listTensors(file, { key });
  if (!found) return false;
  const { architectureSkeleton } = await import('../networks/formats/architecture/draft/skeleton.js');
  const skeleton = architectureSkeleton(found.tensors, found.title);
  if (json !== undefined) await (await import('../report/kit/json.js')).writeJson(json, { ...found, skeleton });
  if (json === '-') return true;
  const { renderTensors } = await import('../report/network/networkReport.js');
  process.stdout.write(`${renderTensors(found)}\n\nDraft of an architecture file:\n\n${skeleton}`);
  return true;
}

async function inspect(nameOrFile: string, flags: InspectFlags): Promise<void> {
  const { checkOutputs } = await import('../base/files.js');
  await checkOutputs(flags.json);
  const { checkpointOf } = await import('../experiments/run/bundled.js');
  const file = checkpointOf(nameOrFile);
  const { architecture, preprocessing, key, json } = flags;
  if (architecture === undefined && (await inspectTensors(file, flags))) return;
  const [{ loadNetworkFile }, { networkSummary, renderLoaded }] = await Promise.all([
    import('../networks/formats/index.js'),
    import('../report/network/networkReport.js'),
  ]);
  const loaded = await loadNetworkFile(file, { architecture, preprocessing, key });
  if (json !== undefined) await (await import('../report/kit/json.js')).writeJson(json, networkSummary(loaded));
  if (json !== '-') process.stdout.write(`${renderLoaded(loaded)}\n`);
}

/** The command `inspect`. */
export function inspectCommand(): Command {
  return new Command('inspect')
    .description('Show the layers, shapes and parameters of a checkpoint; draft an architecture where it holds none')
    .argument('<NETWORK>', options.ANY_NETWORK)
    .addOption(options.architectureOption())
    .addOption(options.preprocessingOption())
    .addOption(options.keyOption())
    .addOption(options.jsonOption())
    .addHelpText(
      'after',
      `
Examples:
  sonic inspect model.onnx
  sonic inspect resnet20.th                          tensors, and a draft of an architecture file
  sonic inspect resnet20.th --architecture resnet20-cifar10`,
    )
    .action(inspect);
}
