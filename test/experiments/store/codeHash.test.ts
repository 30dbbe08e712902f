import { readFileSync } from 'node:fs';
import { cp, readFile, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, it } from 'vitest';
import { codeHash, computingPackages } from '../../../src/experiments/store/codeHash.js';
import { buildIfStale } from '../../cli/sonic.js';
import { temporaryFolder } from '../../helpers/folder.js';

const ROOT = fileURLToPath(new URL('../../../', import.meta.url));
const folder = temporaryFolder();

interface CodeHash {
  hashOfCode(root: string): string;
  codeModules(root: string): [name: string, content: string | Uint8Array][];
}
// A script of the build, without types.
const { hashOfCode, codeModules } = (await import(`${ROOT}scripts/codeHash.mjs`)) as CodeHash;

/** The hash with a file of the copy changed. */
async function hashWith(file: string, change: (text: string) => string): Promise<string> {
  const path = folder.path(file);
  const text = await readFile(path, 'latin1');
  expect(change(text), file).not.toBe(text);
  await writeFile(path, change(text), 'latin1');
  try {
    return hashOfCode(folder.path());
  } finally {
    await writeFile(path, text, 'latin1');
  }
}

describe('the hash of the code', () => {
  let before = '';
  beforeAll(async () => {
    buildIfStale();
    await cp(`${ROOT}src`, folder.path('src'), { recursive: true });
    await cp(`${ROOT}dist/emulation/kernels/wasm/wasm.wasm`, folder.path('dist/emulation/kernels/wasm/wasm.wasm'));
    before = hashOfCode(folder.path());
  }, 300_000);

  it('is the same wherever the code lies, and what the build wrote', async () => {
    expect(before).toMatch(/^[0-9a-f]{64}$/);
    expect(hashOfCode(ROOT)).toBe(before);
    expect(JSON.parse(await readFile(`${ROOT}dist/code.json`, 'utf8'))).toEqual({
      schema: 'sonic-code/1',
      hash: before,
    });
    expect(codeHash()).toMatch(/^[0-9a-f]{64}$/);
  });

  it('covers all that numbers come from', () => {
    const modules = codeModules(ROOT).map(([name]) => name);
    for (const part of [
      'dist/emulation/kernels/wasm/wasm.wasm',
      'src/emulation/calibration/calibrate.ts',
      'src/emulation/compiler/convRows.ts',
      'src/networks/compression/prune.ts',
      'src/cost/energy.ts',
      'src/datasets/idx.ts',
      'src/emulation/emulator/batchWorker.ts',
      'src/experiments/attribution/layerErrors.ts',
      'src/networks/formats/safetensors.ts',
      'src/networks/formats/onnx/importOnnx.ts',
      'src/hardware/presets/pessimistic.ts',
      'src/emulation/kernels/photonicConv2D/wasm.ts',
      'src/emulation/kernels/referenceSteps.ts',
      'src/networks/runConv2d.ts',
      'src/base/random/philox.ts',
      'src/base/statistics/wilson.ts',
    ]) {
      expect(modules).toContain(part);
    }
    expect(modules.filter((name) => /src\/(cli|report|training|accelerators)\//.test(name))).toEqual([]);
  });

  const KERNEL = 'src/emulation/kernels/photonicConv2D/reference.ts';

  it('stays when comments, types or formatting change', async () => {
    const same = [
      await hashWith(KERNEL, (text) => `// A remark.\n/** And another. */\n${text}`),
      await hashWith(KERNEL, (text) => text.replaceAll(/\/\*\*[\s\S]*?\*\//g, '')),
      await hashWith(KERNEL, (text) => text.replaceAll('\n', '\n\n').replaceAll('  ', '\t')),
      await hashWith(KERNEL, (text) => text.replaceAll(/'([^'\n]*)'/g, '"$1"')),
      await hashWith(KERNEL, (text) => `${text}\nexport interface Unused { readonly a: 1 }\n`),
      await hashWith('src/base/errors.ts', (text) => `${text}export const unused = 1;\n`),
      await hashWith('src/cli/main.ts', (text) => `${text}globalThis.x = 1;\n`),
    ];
    expect(same).toEqual(same.map(() => before));
  }, 300_000);

  it('changes with a constant, an operator, a sign or the kernels', async () => {
    const others = [
      await hashWith('src/base/random/philox.ts', (text) => text.replace(/0x[0-9a-f]{8}/i, '0x12345678')),
      await hashWith('src/base/statistics/wilson.ts', (text) => text.replace(/ \+ /, ' - ')),
      await hashWith('src/hardware/optics/ring.ts', (text) => text.replace(/return /, 'return -')),
      await hashWith('src/emulation/emulator/batchWorker.ts', (text) =>
        text.replace('first, count }', 'count, first }'),
      ),
      await hashWith('dist/emulation/kernels/wasm/wasm.wasm', (text) => `${text} `),
    ];
    expect(new Set([before, ...others]).size).toBe(1 + others.length);
  }, 300_000);

  it('changes with the version of whatever computes a trial, installed by everybody or not', () => {
    const packages = computingPackages();
    const names = packages.map((text) => text.split(' ')[0]);
    for (const name of [
      'tfjs-core',
      'tfjs-layers',
      'tfjs-backend-cpu',
      'tfjs-backend-wasm',
      'tfjs-backend-webgpu',
      'tfjs-node',
      'tfjs-node-gpu',
    ]) {
      expect(names).toContain(`@tensorflow/${name}`);
    }
    expect(names).toContain('webgpu');
    for (const text of packages) expect(text).toMatch(/^\S+ \d+\.\d+\.\d+/);
    const others = packages.map((text) => codeHash(packages.map((other) => (other === text ? `${text}1` : other))));
    expect(new Set([codeHash(), ...others]).size).toBe(1 + packages.length);
  });

  it('is the same where an optional package is missing as where it is the one that this release asks for', () => {
    const { optionalDependencies, peerDependencies } = JSON.parse(readFileSync(`${ROOT}package.json`, 'utf8'));
    const asked = { ...optionalDependencies, ...peerDependencies } as Record<string, string>;
    expect(codeHash(computingPackages((name) => asked[name]!.slice(1)))).toBe(codeHash());
  });
});
