/** `--backend webgpu` as a user meets it: skipped where there is no adapter. */
import { readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { temporaryFolder } from '../helpers/folder.js';
import { loadWebgpu } from '../helpers/webgpu.js';
import { sonic } from './sonic.js';

const tf = await loadWebgpu();
const RUN = ['run', 'mnist', '--images', '1', '--set', 'calibration.images=4', '--backend', 'webgpu'];

describe.skipIf(!tf)('sonic run --backend webgpu', () => {
  const folder = temporaryFolder();

  it('names the adapter and the tolerance, and ends', async () => {
    const json = folder.path('result.json');
    const { code, stdout, stderr } = await sonic(...RUN, '--json', json);
    expect(stderr).toBe('');
    expect(code).toBe(0);
    const { run } = JSON.parse(await readFile(json, 'utf8'));
    expect(run).toMatchObject({ backend: 'webgpu', threads: 1, tolerance: 1e-6 });
    expect(run.versions.webgpu).toMatch(/^TensorFlow.js .* webgpu \d/);
    expect(stdout).toContain(`on ${run.adapter}`);
  });

  it('says what is missing where no driver answers, and ends', async () => {
    const before = process.env['VK_ICD_FILENAMES'];
    process.env['VK_ICD_FILENAMES'] = folder.path('no-driver.json');
    try {
      const { code, stdout, stderr } = await sonic(...RUN);
      expect(stderr).toMatch(
        /^sonic: backend 'webgpu' finds no GPU with a Vulkan driver: install .* or use the backend wasm$/m,
      );
      expect(stderr).not.toContain('dist/');
      expect(stdout).toBe('');
      expect(code).toBe(1);
    } finally {
      if (before === undefined) delete process.env['VK_ICD_FILENAMES'];
      else process.env['VK_ICD_FILENAMES'] = before;
    }
  });
});
