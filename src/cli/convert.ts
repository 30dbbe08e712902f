/** `sonic convert`: a checkpoint of any format that can be read, as ours or as ONNX. */
import { Command } from 'commander';
import * as options from './options.js';

interface ConvertFlags {
  readonly architecture?: string;
  readonly preprocessing?: string;
  readonly key?: string;
  readonly dataset?: string;
}

async function convert(from: string, to: string, flags: ConvertFlags): Promise<void> {
  const [{ checkpointOf }, { convertCheckpoint }, { renderLoaded }] = await Promise.all([
    import('../experiments/run/bundled.js'),
    import('../training/convertCheckpoint.js'),
    import('../report/network/networkReport.js'),
  ]);
  const given = Object.entries(flags).map(([name, value]) => ` --${name} ${JSON.stringify(value)}`);
  const command = `sonic convert ${JSON.stringify(from)} ${JSON.stringify(to)}${given.join('')}`;
  const converted = await convertCheckpoint(checkpointOf(from), to, { ...flags, command });
  process.stdout.write(`${renderLoaded(converted)}\nwritten ${converted.written.join(', ')}\n`);
}

/** The command `convert`. */
export function convertCommand(): Command {
  return new Command('convert')
    .description('Convert a checkpoint from elsewhere to a checkpoint of sonic (.safetensors) or to ONNX (.onnx)')
    .argument('<FROM>', options.ANY_NETWORK)
    .argument('<TO>', 'file to write: .safetensors (and its manifest) or .onnx')
    .addOption(options.architectureOption())
    .addOption(options.preprocessingOption())
    .addOption(options.keyOption())
    .addOption(options.datasetOption())
    .addHelpText(
      'after',
      `
Examples:
  sonic convert resnet20.th resnet20.safetensors --architecture resnet20-cifar10 --dataset cifar10
  sonic convert model.json mine.safetensors --preprocessing "scale: 1/255"
  sonic convert mine.safetensors mine.onnx
  sonic convert mnist mnist.onnx                     a bundled network`,
    )
    .action(convert);
}
