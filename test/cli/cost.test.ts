import { readFile } from 'node:fs/promises';
import { beforeAll, describe, expect, it } from 'vitest';
import { temporaryFolder } from '../helpers/folder.js';
import { buildIfStale, sonic } from './sonic.js';

beforeAll(buildIfStale, 300_000);
const folder = temporaryFolder();

describe('sonic cost', () => {
  it.each(['mnist', 'cifar10', 'svhn', 'stl10'])('%s: layers, devices, totals, without data', async (name) => {
    const { code, stdout, stderr } = await sonic('cost', name);
    expect([code, stderr]).toEqual([0, '']);
    expect(stdout).toMatch(/^network {4}sonic-/m);
    expect(stdout).toMatch(/^sparsity {3}of table 3: 0\.[45] in \d layers/m);
    expect(stdout).toMatch(/^conv1 +CONV /m);
    expect(stdout).toMatch(/^latency +[\d.]+ [mu]s +[\d.]+ [mu]s$/m);
    expect(stdout).toMatch(/^area \(information only\) /m);
  });

  it('JSON has both accountings, and --json - prints nothing else', async () => {
    const { stdout } = await sonic('cost', 'svhn', '--set', 'vdu.conv.units=25', '--json', '-');
    const study = JSON.parse(stdout);
    expect(study.schema).toBe('sonic-cost/1');
    expect(study.hardware.vdu.conv.units).toBe(25);
    for (const accounting of ['static', 'perConversion']) {
      const { power_W, energy_J, framesPerSecond, layers } = study.costs[accounting];
      expect(power_W / (energy_J * framesPerSecond)).toBeCloseTo(1, 9);
      expect(layers).toHaveLength(8);
    }
  });

  it('more zeros take less time and energy', async () => {
    const energy = async (...args: string[]) => {
      const { costs } = JSON.parse((await sonic('cost', 'mnist', ...args, '--json', '-')).stdout);
      return [costs.static.latency_s, costs.static.energy_J] as [number, number];
    };
    const [dense, sparse] = [await energy('--sparsity', '0'), await energy('--sparsity', '0.8')];
    expect(sparse[0]).toBeLessThan(0.5 * dense[0]);
    expect(sparse[1]).toBeLessThan(0.5 * dense[1]);
    const one = await energy('--sparsity', 'conv2=0.9,dense1=0.5');
    expect(one[1]).toBeLessThan(dense[1]);
    const quiet = await energy('--sparsity', '0', '--activation-sparsity', '0.9');
    expect(quiet[1]).toBeLessThan(dense[1]);
  });

  it('a checkpoint has its own zeros', async () => {
    const { code, stdout } = await sonic('cost', 'checkpoints/mnist.safetensors');
    expect(code).toBe(0);
    expect(stdout).toContain('of the weights in checkpoints/mnist.safetensors');
  });

  it('writes the figure', async () => {
    const file = folder.path('cost.svg');
    expect((await sonic('cost', 'mnist', '--figure', file)).code).toBe(0);
    expect(await readFile(file, 'utf8')).toContain('Cost of one image: sonic-mnist');
  });

  it("takes a user's energies, and scales converters with their bits", async () => {
    const table = await folder.file('mine.yaml', 'name: mine\nentries:\n  adc: {value: 0, unit: mW, source: test}\n');
    const run = async (...args: string[]) => JSON.parse((await sonic('cost', 'mnist', ...args, '--json', '-')).stdout);
    const free = await run('--devices', table);
    expect(free.costs.static.devices.adc).toBe(0);
    const coarse = await run('--set', 'adc.bits=8');
    const fine = await run();
    expect(coarse.hardware.adc.power_mW / fine.hardware.adc.power_mW).toBeCloseTo(2 ** -8, 12);
    expect(coarse.costs.static.devices.adc / fine.costs.static.devices.adc).toBeCloseTo(2 ** -8, 9);
    expect(coarse.costs.static.energy_J).toBeLessThan(fine.costs.static.energy_J);
  });

  it.each([
    [['mnits'], 1, "did you mean 'mnist'"],
    [['mnist', '--sparsity', '1.5'], 1, 'a share lies between 0 and 1'],
    [
      ['mnist', '--sparsity', 'conv9=0.5'],
      1,
      "weight sparsity for 'conv9': no convolution or dense layer has that name; did you mean 'conv1'?",
    ],
    [['mnist', '--activation-sparsity', 'conv9=0.5'], 1, "did you mean 'conv1'?"],
    [['mnist', '--sparsity', 'conv1=0.5,conv1=0.6'], 2, "Layer 'conv1' is given twice"],
    [['mnist', '--activation-sparsity', 'conv1=0.5', '--activation-sparsity', 'conv1=0.5'], 2, 'is given twice'],
    [['mnist', '--sparsity', 'x'], 2, "'x' is not a number"],
    [['checkpoints/mnist.safetensors', '--sparsity', '0.5'], 2, 'has its own weights'],
    [['mnist', '--devices', 'no-such.yaml'], 1, "energy table 'no-such.yaml'"],
    [['mnist', '--figure', 'cost.pdf'], 2, 'must end in .svg, .png or .html'],
  ])('%j: one line, exit %d', async (args, exitCode, message) => {
    const { code, stdout, stderr } = await sonic('cost', ...args);
    expect([code, stdout]).toEqual([exitCode, '']);
    expect(stderr).toMatch(/^sonic: [^\n]+\n$/);
    expect(stderr).toContain(message);
  });
});
