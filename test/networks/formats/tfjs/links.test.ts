/** Weights of TensorFlow.js models lie in the model's own folder. */
import { mkdir, symlink, writeFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { loadNetworkFile } from '../../../../src/networks/formats/index.js';
import { temporaryFolder } from '../../../helpers/folder.js';

describe('a TensorFlow.js model', () => {
  const folder = temporaryFolder();

  it('whose weights lie behind a link out of its folder, or elsewhere, is not read', async () => {
    await mkdir(folder.path('tfjs'));
    await writeFile(folder.path('weights.bin'), new Float32Array(1));
    await symlink(folder.path('weights.bin'), folder.path('tfjs/w.bin'));
    const model = (path: string) =>
      JSON.stringify({
        modelTopology: {},
        weightsManifest: [{ paths: [path], weights: [{ name: 'w', shape: [1], dtype: 'float32' }] }],
      });
    for (const [path, message] of [
      ['w.bin', /behind a link out of the model's folder/],
      ['../weights.bin', /only files in the model's own folder/],
      [folder.path('weights.bin'), /only files in the model's own folder/],
      ['file:///etc/passwd', /only files in the model's own folder/],
    ] as const) {
      await writeFile(folder.path('tfjs/model.json'), model(path));
      await expect(loadNetworkFile(folder.path('tfjs'))).rejects.toThrow(message);
    }
  });
});
