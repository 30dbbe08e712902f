/** The cache of `install-tensorflow`: what is damaged is found, what is whole is put back. The network is left alone. */
import { spawnSync } from 'node:child_process';
import { lstatSync, mkdirSync, readdirSync, readFileSync, readlinkSync, rmSync, writeFileSync } from 'node:fs';
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
      expect(readdirSync(join(scope, 'tfjs-node')).sort()).toEqual(['deps', 'dist', 'lib', 'sonic-manifest.json']);
      expect(readlinkSync(join(scope, 'tfjs-node', 'deps'))).toBe(join(cached, 'deps'));
      expect(lstatSync(join(scope, 'tfjs-node', 'lib')).isSymbolicLink()).toBe(false);
      expect(readFileSync(join(scope, 'tfjs-node', 'dist', 'index.js'), 'utf8')).toBe('code');
    }
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
