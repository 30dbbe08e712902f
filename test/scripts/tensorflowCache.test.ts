/** The cache of `install-tensorflow`: what is damaged is found, what is whole is put back. The network is left alone. */
import { spawnSync } from 'node:child_process';
import {
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { beforeEach, describe, expect, it } from 'vitest';
import { cachedPackage, damageOf, place, seal } from '../../scripts/tensorflow/cache.mjs';
import { checkDisk } from '../../scripts/tensorflow/steps.mjs';
import { VARIANTS } from '../../scripts/tensorflow/variants.mjs';
import { temporaryFolder } from '../helpers/folder.js';

const { path } = temporaryFolder();
const SCRIPT = fileURLToPath(new URL('../../scripts/install-tensorflow.mjs', import.meta.url));
let cached: string;
let scope: string;

beforeEach(async () => {
  rmSync(path(), { recursive: true, force: true });
  [cached, scope] = [join(path(), 'cached'), join(path(), 'node_modules')];
  for (const inner of [join(cached, 'deps', 'lib'), join(cached, 'lib'), join(cached, 'dist'), scope])
    mkdirSync(inner, { recursive: true });
  writeFileSync(join(cached, 'deps', 'lib', 'libtensorflow_cc.so.2'), 'library');
  writeFileSync(join(cached, 'lib', 'tfjs_binding.node'), 'addon');
  writeFileSync(join(cached, 'dist', 'index.js'), 'code');
  await seal(cached);
});

describe('the cached package', () => {
  it('is whole as it was sealed, and damaged where a binary is changed, cut, missing, or not listed', async () => {
    const library = join(cached, 'deps', 'lib', 'libtensorflow_cc.so.2');
    expect(await damageOf(cached)).toBeNull();
    writeFileSync(library, 'librarx');
    expect(await damageOf(cached)).toBe('deps/lib/libtensorflow_cc.so.2 is damaged');
    writeFileSync(library, 'lib');
    expect(await damageOf(cached)).toBe('deps/lib/libtensorflow_cc.so.2 is damaged');
    rmSync(library);
    expect(await damageOf(cached)).toBe('deps/lib/libtensorflow_cc.so.2 is missing');
    writeFileSync(join(cached, 'sonic-manifest.json'), '{"files": [');
    expect(await damageOf(cached)).toBe('its list of checksums is missing or damaged');
    expect(await damageOf(join(path(), 'nowhere'))).toBe('there is none');
  });

  it('replaces what lies in its place: code copied, libraries linked, nothing left over', () => {
    mkdirSync(join(scope, 'tfjs-node'));
    writeFileSync(join(scope, 'tfjs-node', 'stale.js'), '');
    for (let time = 0; time < 2; time++) {
      place(cached, scope, 'tfjs-node');
      expect(readdirSync(scope)).toEqual(['tfjs-node']);
      const files = ['deps', 'dist', 'lib', 'node_modules', 'sonic-manifest.json'];
      expect(readdirSync(join(scope, 'tfjs-node')).sort()).toEqual(files);
      expect(readlinkSync(join(scope, 'tfjs-node', 'deps'))).toBe(join(cached, 'deps'));
      expect(lstatSync(join(scope, 'tfjs-node', 'lib')).isSymbolicLink()).toBe(false);
      expect(readFileSync(join(scope, 'tfjs-node', 'dist', 'index.js'), 'utf8')).toBe('code');
    }
  });

  it('finds the union package that it asks for, made of the packages that are installed', () => {
    const own = join(scope, '@tensorflow');
    mkdirSync(own);
    for (const name of ['tfjs-core', 'tfjs-layers', 'tfjs-backend-cpu'])
      symlinkSync(fileURLToPath(new URL(`../../node_modules/@tensorflow/${name}`, import.meta.url)), join(own, name));
    writeFileSync(join(cached, 'package.json'), '{"name": "@tensorflow/tfjs-node", "main": "dist/index.js"}');
    writeFileSync(join(cached, 'dist', 'index.js'), "module.exports = require('@tensorflow/tfjs');");
    place(cached, own, 'tfjs-node');
    const code = `
      const [core, union] = [require('@tensorflow/tfjs-core'), require('@tensorflow/tfjs-node')];
      require('@tensorflow/tfjs-backend-cpu');
      core.env().set('IS_TEST', true);
      const x = core.tensor1d([1, 2]);
      const y = x.mul(x.sub(core.scalar(3))).toInt().floorDiv(core.scalar(2, 'int32')).equal(-1).toFloat();
      const known = [union.engine() === core.engine(), union.sequential !== undefined, union.version['tfjs-core']];
      console.log(JSON.stringify([...known, ...y.dataSync(), y.dtype]));`;
    const { stdout, stderr } = spawnSync(process.execPath, ['-e', code], { cwd: path(), encoding: 'utf8' });
    expect(stderr).not.toContain('Error');
    expect(JSON.parse(stdout.trim().split('\n').at(-1)!)).toEqual([true, true, '4.22.0', 1, 1, 'float32']);
  });

  it('has one place a variant and version, and every wheel a checksum', () => {
    expect(cachedPackage(VARIANTS.cpu)).not.toBe(cachedPackage(VARIANTS.gpu));
    for (const { wheels } of [VARIANTS.cpu, VARIANTS.gpu]) {
      for (const { sha256, bytes, version } of wheels) {
        expect(sha256).toMatch(/^[0-9a-f]{64}$/);
        expect(bytes).toBeGreaterThan(0);
        expect(version).toMatch(/^[\d.]+$/);
      }
    }
  });
});

describe('install-tensorflow', () => {
  it('says how much room there is where there is too little', () => {
    expect(() => checkDisk(path(), { disk_GB: 1e9 })).toThrow(
      /has [\d.]+ GB free, and the installation takes 1000000000 GB/,
    );
    expect(() => checkDisk(path(), { disk_GB: 0 })).not.toThrow();
  });

  it('explains itself, and refuses what it does not know', () => {
    const run = (...args: string[]) => spawnSync(process.execPath, [SCRIPT, ...args], { encoding: 'utf8' });
    expect(run('--help').stdout).toContain('--gpu');
    const wrong = run('--gpus');
    expect(wrong.status).toBe(1);
    expect(wrong.stderr).toMatch(/^install-tensorflow: unknown option --gpus\n/);
    expect(wrong.stderr).not.toMatch(/ at .*:\d+/);
  });
});
