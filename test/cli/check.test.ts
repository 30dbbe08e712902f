import { readdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { beforeAll, describe, expect, it } from 'vitest';
import { temporaryFolder } from '../helpers/folder.js';
import { smallMnist } from '../helpers/smallMnist.js';
import { buildIfStale, type Ended, sonic } from './sonic.js';

function expectOneLine({ code, stdout, stderr }: Ended, exit: number, ...parts: (string | RegExp)[]) {
  expect(stderr).toMatch(/^sonic: [^\n]+\n$/);
  for (const part of parts) expect(stderr).toMatch(part);
  expect(stdout).toBe('');
  expect(code).toBe(exit);
}

describe('sonic check', () => {
  const folder = temporaryFolder();
  beforeAll(async () => {
    buildIfStale();
    await smallMnist(folder);
  });

  /** Few images: a second thread would take longer to start than they take. */
  const check = (...args: string[]) => sonic('check', '--threads', '1', ...args);
  const SMALL = 'set: { calibration.images: 10 }, images: 20';

  it('makes a baseline that holds, fails on what is not so, and is updated', async () => {
    const file = folder.path('first.yaml');
    const made = await check('--init', 'mnist', '--images', '10', '--hardware', 'sonic-ideal', file);
    expect(made).toMatchObject({ code: 0, stderr: '' });
    expect(made.stdout).toContain(`${file}: wrote 6 values`);
    const text = (await readFile(file, 'utf8')).replace(
      'sonic-ideal\n    chips',
      'sonic-ideal\n    set: { calibration.images: 10 }\n    chips',
    );
    expect(text).toContain('calibration.images');
    await writeFile(file, text);

    const holds = await check(file);
    expect(holds).toMatchObject({ code: 0, stderr: '' });
    expect(holds.stdout).toContain('2 checks: all as expected');
    expect(
      new Set(
        holds.stdout
          .split('\n')
          .slice(0, 2)
          .map((line) => line.length),
      ).size,
    ).toBeLessThanOrEqual(2);

    // 10 images right: a tenth is 10 points. Half a point expected more is no longer what is measured.
    const wrong = text
      .replace(/accuracy: 100.00 %\n {6}digital/, 'accuracy: 99.50 %\n      digital')
      .replace('changed: []', 'changed: [{ image: 3, from: 0, to: 8 }] # odd')
      .replace(/maximumEnergy_J: .*/, 'maximumEnergy_J: 1.0e-6');
    expect(wrong).not.toBe(text);
    await writeFile(file, wrong);
    const report = folder.path('report.json');
    const fails = await check(file, '--json', report);
    expect(fails).toMatchObject({ code: 1, stderr: '' });
    const json = JSON.parse(await readFile(report, 'utf8'));
    expect(json).toMatchObject({
      schema: 'sonic-check/1',
      passed: false,
      files: [{ file, passed: false, written: null }],
    });
    const [, second] = json.files[0].checks;
    expect(second.quantities.map((one: { quantity: string; passed: boolean }) => [one.quantity, one.passed])).toEqual([
      ['accuracy', false],
      ['digital accuracy', true],
      ['changed classes', false],
      ['energy_J', false],
      ['latency_s', true],
    ]);
    expect(second.quantities[2].missing).toEqual([{ chip: 1, seed: 1, image: 3, from: 0, to: 8 }]);

    expect(fails.stdout).toContain('image 3: 0 to 8 expected, not seen');
    expect(fails.stdout).toMatch(/energy an image +at most 1\.000 uJ +7\.\d+ mJ +FAILED/);
    expect(fails.stdout).toContain(`${file}: 2 checks: 1 failed: mnist on sonic-ideal`);

    const updated = await check('--update', file);
    expect(updated).toMatchObject({ code: 0, stderr: '' });
    expect(updated.stdout).toContain('wrote 3 values');
    const after = await readFile(file, 'utf8');
    expect(after).toContain('# odd');
    expect((await check(file)).code).toBe(0);
    expect((await readdir(folder.path('.'))).sort()).toEqual(['first.yaml', 'report.json', 'small.safetensors']);
  }, 300_000);

  it('takes relative paths from the file, follows links, and names the check of an error', async () => {
    await writeFile(folder.path('weak.yaml'), 'preset: sonic-ideal\nadc: { bits: 3 }\n');
    const file = folder.path('own.yaml');
    await writeFile(file, `checks:\n  - { network: small.safetensors, hardware: weak.yaml, ${SMALL} }\n`);
    await symlink('own.yaml', folder.path('link.yaml'));
    expectOneLine(
      await check(file),
      1,
      /own\.yaml: checks\.0 \(small\.safetensors on weak\.yaml\) expects nothing; .*--update/,
    );
    expect((await check('--update', folder.path('link.yaml'))).code).toBe(0);
    expect(await readFile(file, 'utf8')).toMatch(/accuracy: \d+\.00 %/);
    expect((await check(file)).code).toBe(0);
  }, 300_000);

  it.each([
    ['{ network: mnits }', "checks.0 (mnits on sonic): no network 'mnits', did you mean 'mnist'?"],
    ['{ network: mnist, hardware: sonik }', "checks.0 (mnist on sonik): hardware 'sonik' is neither"],
    ['{ network: mnist, set: { adc.bit: 8 } }', "checks.0.set: unknown path 'adc.bit'; did you mean 'adc.bits'?"],
    ['{ network: mnist, set: { adc.bits: 0 } }', 'checks.0: adc.bits is 0'],
    ['{ network: mnist, images: 20000 }', '20000 images were asked of mnist (test), which has 10000'],
    ['{ network: mnist, expect: { accuracy: 2 } }', 'checks.0.expect.accuracy is 2'],
  ])('refuses %s in one line', async (entry, message) => {
    const file = folder.path(`bad.yaml`);
    const text = `checks: [${entry.includes('expect') ? entry : entry.replace(/ }$/, ', expect: { accuracy: 0.5 } }')}]\n`;
    await writeFile(file, text);
    const ended = await sonic('check', '--update', file);
    expectOneLine(ended, 1, 'bad.yaml: ');
    expect(ended.stderr).toContain(message);
    expect(await readFile(file, 'utf8')).toBe(text);
  });

  it.each<[string[], number, RegExp]>([
    [[], 2, /missing required argument/],
    [['none.yaml'], 1, /baseline 'none.yaml': no such file/],
    [['.'], 1, /it is a folder/],
    [['--init', 'mnist', 'package.json'], 1, /'package.json' is there already/],
    [['--init', 'mnist', 'none/x.yaml'], 1, /there is no folder/],
    [['--init', 'mnist', '--update', 'x.yaml'], 2, /--init writes one new file/],
    [['--images', '5', 'x.yaml'], 2, /--images is for --init/],
    [['--hardware', 'sonic', 'x.yaml'], 2, /--hardware is for --init/],
  ])('refuses %j', async (args, exit, message) => {
    expectOneLine(await sonic('check', ...args), exit, message);
  });
});
