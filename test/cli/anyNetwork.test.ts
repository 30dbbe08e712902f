/** Every command that takes a network takes any that can be read, by the same options. */
import { beforeAll, describe, expect, it } from 'vitest';
import { COMMANDS } from '../../src/cli/commands.js';
import { temporaryFolder } from '../helpers/folder.js';
import { BUNDLED } from '../networks/formats/foreignFiles.js';
import { buildIfStale, sonic } from './sonic.js';

beforeAll(buildIfStale, 300_000);
const folder = temporaryFolder();
const ONNX = `${BUNDLED}mnist-8.onnx`;
const KERAS = `${BUNDLED}mlperf_tiny_pretrainedResnet.h5`;
const TFJS = `${BUNDLED}tensorspace-lenet/mnist.json`;
const SCALED = ['--preprocessing', 'scale: 1/255'];

/** Commands and their commands, by full name. */
async function allCommands() {
  const top = await Promise.all(
    Object.entries(COMMANDS).map(async ([name, load]) => ({ name, command: await load() })),
  );
  return top.flatMap(({ name, command }) => [
    { name, command },
    ...command.commands.map((inner) => ({ name: `${name} ${inner.name()}`, command: inner })),
  ]);
}

it('the options of networks from elsewhere are with every command that takes a network, and the same there', async () => {
  const takers = (await allCommands()).filter(
    ({ command }) =>
      command.registeredArguments.some(
        (argument) => /NETWORK|CHECKPOINT|FROM/.test(argument.name()) && argument.name() !== 'FROM...',
      ) ||
      command.options.some(({ flags }) => /NETWORK|NAME\|FILE>/.test(flags) && /--(network|init|from)/.test(flags)),
  );
  const named = takers.map(({ name }) => name).filter((name) => name !== 'results merge');
  expect(named.sort()).toEqual(
    [
      'run',
      'check',
      'attribute',
      'train',
      'inspect',
      'convert',
      'prune',
      'cluster',
      'cost',
      'compare',
      'explore',
      'experiment run',
      'sensitivity',
    ].sort(),
  );
  for (const { name, command } of takers) {
    if (!named.includes(name)) continue;
    const options = command.options.map(({ flags }) => flags);
    expect(options, name).toEqual(
      expect.arrayContaining(['--architecture <FILE|NAME>', '--preprocessing <YAML|FILE>', '--key <PATH>']),
    );
  }
});

describe.each([
  ['ONNX', ONNX],
  ['Keras', KERAS],
  ['TensorFlow.js', TFJS],
])('a network of %s', (_, file) => {
  it.each([
    [['cost', file], /of the weights in/],
    [['explore', file, '--only', '--vary', 'n=2,5'], /Pareto set/],
    [['compare', file], /^.* SONIC +[\d.]+ [mu]s/m],
    [['prune', file, '--out', 'PRUNED'], /written/],
  ])('%j', async (args, shows) => {
    const out = folder.path('pruned.safetensors');
    const { code, stdout, stderr } = await sonic(...args.map((arg) => (arg === 'PRUNED' ? out : arg)), ...SCALED);
    expect(code, stderr).toBe(0);
    expect(stdout).toMatch(shows);
  });
});

it('preprocessing reaches the cost: inputs below zero take two passes', async () => {
  const energy = async (preprocessing: string) => {
    const { stdout } = await sonic('cost', ONNX, '--preprocessing', preprocessing, '--json', '-');
    return JSON.parse(stdout).costs.static.energy_J as number;
  };
  expect(await energy('mean: 128')).toBeGreaterThan(1.1 * (await energy('scale: 1/255')));
});

it('sonic explore --accuracy emulates it', async () => {
  const json = folder.path('space.json');
  const { code, stderr } = await sonic(
    ...['explore', ONNX, '--dataset', 'mnist', '--accuracy', '--images', '20', '--only', '--vary', 'n=5'],
    ...['--store', folder.path('store.jsonl'), '--json', json, '--preprocessing', 'scale: 1'],
  );
  expect(code, stderr).toBe(0);
  expect(stderr).toContain('input: x = byte');
});

it('a network of the paper is layers alone: options of files are refused beside it', async () => {
  for (const command of ['cost', 'compare', 'explore']) {
    const { code, stderr } = await sonic(command, 'svhn', '--key', 'ema');
    expect([code, stderr]).toEqual([2, "sonic: --key is for files: 'svhn' is a network of the paper; leave it out\n"]);
  }
  const none = await sonic('compare', '--key', 'ema');
  expect([none.code, none.stderr]).toEqual([2, 'sonic: --key is for a file: name the network to compare on\n']);
  const search = await sonic('compare', ONNX, '--search');
  expect([search.code, search.stderr]).toEqual([2, "sonic: --search is of the paper's four networks; name none\n"]);
});

it('what no recipe trains is refused at once', async () => {
  const { code, stderr } = await sonic('train', ONNX, '--out', folder.path('never.safetensors'));
  expect(code).toBe(2);
  expect(stderr).toMatch(
    /^sonic: no recipe trains '.*mnist-8\.onnx' from the start: .*--hardware trains any network on\n$/,
  );
});
