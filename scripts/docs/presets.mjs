/** The table of presets in README: MNIST, 2,000 test images, four chips each. Prints Markdown. */
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { formatShare } from '../../dist/base/text/units.js';

const MAIN = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url));
const PRESETS = {
  'sonic-ideal': 'quantisation only, as the paper assumes',
  'sonic-optimistic': 'optimistic devices',
  sonic: 'typical devices',
  'sonic-single-waveguide': '50 channels in one waveguide',
  'sonic-pessimistic': 'pessimistic devices',
  'sonic-untuned': 'no thermal eigenmode decomposition',
};

function row([preset, meaning]) {
  const args = [MAIN, 'run', 'mnist', '--images', '2000', '--chips', '4', '--hardware', preset, '--json', '-'];
  const { status, stdout, stderr } = spawnSync(process.execPath, args, { encoding: 'utf8', maxBuffer: 1 << 26 });
  if (status !== 0) throw new Error(stderr);
  const { chips, cost } = JSON.parse(stdout);
  const [least, most] = [Math.min(...chips.changed), Math.max(...chips.changed)];
  const range = `${(100 * chips.minimum).toFixed(2)} to ${formatShare(chips.maximum)}`;
  const cells = [
    `\`${preset}\``,
    meaning,
    formatShare(chips.mean),
    range,
    `${least} to ${most}`,
    `${cost.power_W.toFixed(1)} W`,
    cost.framesPerSecondPerWatt.toFixed(0),
  ];
  return `| ${cells.join(' | ')} |`;
}

const head = [
  '| preset | | accuracy, mean of 4 chips | lowest to highest | changed of 2,000 | power | FPS/W |',
  '| --- | --- | --- | --- | --- | --- | --- |',
];
process.stdout.write(`${[...head, ...Object.entries(PRESETS).map(row)].join('\n')}\n`);
