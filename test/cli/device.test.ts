import { readFileSync } from 'node:fs';
import { beforeAll, describe, expect, it } from 'vitest';
import { temporaryFolder } from '../helpers/folder.js';
import { buildIfStale, sonic } from './sonic.js';

beforeAll(buildIfStale, 300_000);
const folder = temporaryFolder();

const SAID: Readonly<Record<string, RegExp[]>> = {
  ring: [/^linewidth \(FWHM\) +0\.1938 nm$/m, /^ +6 +2\.23 +31\.8$/m, /^ +1 +0\.00506 +5\.8$/m],
  bank: [/^none +[\d.]+ +[\d.]+ +0\.00133 +0\.00238 +7\.8$/m, /^full +\S+ +exact +\S+ +\S+ +exact$/m],
  thermal: [/^ +1 +5 +0\.048$/m, /^with TED +1\.\d+ W /m, /^without TED /m],
  link: [/^sum of the losses +6\.407 dB +3\.415 dB$/m, /^warning: FC: the current was lowered/m],
  adc: [/^CONV codes +-32767 to 32767, step 0\.0001526$/m, /^CONV +\* 16 /m],
};

describe('sonic device', () => {
  it.each(Object.entries(SAID))('%s prints aligned tables', async (name, patterns) => {
    const { code, stdout, stderr } = await sonic('device', name);
    expect([code, stderr]).toEqual([0, '']);
    for (const pattern of patterns) expect(stdout).toMatch(pattern);
    expect(stdout).not.toMatch(/NaN|undefined|Infinity|[ \t]$/m);
  });

  it('--json - writes only JSON, the same as in a file', async () => {
    const { stdout } = await sonic('device', 'link', '--json', '-');
    const value = JSON.parse(stdout);
    expect(value).toMatchObject({ schema: 'sonic-device-link/1', hardware: 'sonic' });
    await sonic('device', 'link', '--json', folder.path('link.json'));
    expect(JSON.parse(readFileSync(folder.path('link.json'), 'utf8'))).toEqual(value);
  });

  it('--weights are what the bank holds', async () => {
    const { stdout } = await sonic('device', 'bank', '--weights', '-1,0.5', '--json', '-');
    const { held, cases } = JSON.parse(stdout);
    expect(held).toEqual([-1, 0.5]);
    expect(cases[2].read).toBeAllclose([-1, 0.5], { atol: 1e-12 });
  });

  it('--set reaches the models', async () => {
    const { stdout } = await sonic('device', 'ring', '--set', 'microring.qualityFactor=20000');
    expect(stdout).toMatch(/^linewidth \(FWHM\) +0\.0775 nm$/m);
  });

  it('ring --response shows the measured response and the curve fitted to it', async () => {
    const file = 'examples/responses/airy-ripple.csv';
    const { stdout } = await sonic('device', 'ring', '--response', file);
    expect(stdout).toMatch(/^measured response +1199 rows from -8\.98 to 8\.98 nm/m);
    expect(stdout).toMatch(
      /^Airy curve fitted to it +Q 77\d\d\S*, .* extinction 19\.\d+ dB, free spectral range 18 nm/m,
    );
    expect(stdout).not.toMatch(/NaN|undefined|Infinity|F = 1/);
    const json = JSON.parse((await sonic('device', 'ring', '--response', file, '--json', '-')).stdout);
    expect(json.measured.detuning_nm).toHaveLength(1199);
    expect(json.measured.fit.rmsDeviation).toBeGreaterThan(0.001);
    expect(json.measured.fitted).toHaveLength(json.curve.distance_nm.length);
    // The same hardware, whichever way it is named.
    const set = JSON.parse(
      (await sonic('device', 'ring', '--set', `microring.response=${file}`, '--json', '-')).stdout,
    );
    expect(set).toEqual(json);
  });

  it.each(['bank', 'bank --kind fc', 'thermal', 'link', 'adc'])('%s takes a measured ring', async (command) => {
    const { code, stdout, stderr } = await sonic(
      ...['device', ...command.split(' '), '--set', 'microring.response=examples/responses/airy-ripple.csv'],
    );
    expect([code, stderr]).toEqual([0, '']);
    expect(stdout).not.toMatch(/NaN|undefined|Infinity|8000/);
  });

  it('--figure draws PNG', async () => {
    const file = folder.path('ring.png');
    expect((await sonic('device', 'ring', '--figure', file)).code).toBe(0);
    expect(readFileSync(file).subarray(1, 4).toString()).toBe('PNG');
  });

  it.each([
    [['ring', '--figure', 'ring.pdf'], /\.svg, \.png or \.html/],
    [['ring', '--span', '0'], /above 0/],
    [['bank', '--response', 'ring.csv'], /unknown option '--response'/],
    [['bank', '--weights', '1,x'], /numbers with commas/],
    [['bank', '--weights', '1,,1'], /numbers with commas/],
    [['bank', '--weights', '1,2'], /--weights 2: .* from -1 to 1/],
    [['bank', '--kind', 'fc', '--weights', '0.5,-0.1'], /--weights -0\.1: .* from 0 to 1/],
    [['bank', '--weights', '0,0,0,0,0,0'], /holds 5 \(vdu\.conv\.size\)/],
    [['bank', '--unit', '50'], /there are 50 units/],
    [['thermal', '--kind', 'dense'], /Allowed choices are conv, fc/],
    [['adc', '--range', '-1'], /above 0/],
    [['rings'], /unknown command 'rings' \(Did you mean ring\?\)/],
  ])('%j is wrong usage: one line, exit 2', async (args, message) => {
    const { code, stdout, stderr } = await sonic('device', ...args);
    expect([code, stdout]).toEqual([2, '']);
    expect(stderr).toMatch(/^sonic: [^\n]+\n$/);
    expect(stderr).toMatch(message);
  });

  it('a figure that cannot be written is one line, exit 1', async () => {
    const { code, stderr } = await sonic('device', 'ring', '--figure', folder.path('missing/ring.svg'));
    expect(code).toBe(1);
    expect(stderr).toMatch(/^sonic: cannot write [^\n]+\n$/);
  });
});
