import { describe, expect, it } from 'vitest';
import { philoxNormals } from '../../../src/base/random/philox.js';
import { backendName, createBackend } from '../../../src/emulation/backends/index.js';
import { backendStatus } from '../../../src/emulation/backends/status.js';
import { BACKENDS } from '../../../src/emulation/backends/types.js';

describe('backendStatus', () => {
  it('finds the backends that need no installation', async () => {
    const [wasm, reference] = await Promise.all([backendStatus('wasm'), backendStatus('reference')]);
    expect(wasm).toMatchObject({ available: true, version: expect.stringContaining('4.22.0') });
    expect(wasm.device).toContain('CPU');
    expect(reference).toMatchObject({ available: true, version: 'float64' });
  });

  it.each(BACKENDS)('says of %s what it is, or why it is not there and what to do', async (name) => {
    const { available, version, device, reason, remedy } = await backendStatus(name);
    const said = available ? [version, device] : [reason, remedy];
    for (const text of said) expect(text).toEqual(expect.stringMatching(/\S/));
  });
});

describe('createBackend', () => {
  it('draws from any place of the stream, the same normals under the kernel of the registry', async () => {
    for (const name of ['wasm', 'reference'] as const) {
      const backend = await createBackend(name);
      const expected = philoxNormals([7, 11], 5, 20);
      expect(await backend.normals([7, 11], 20, 5)).toBeAllclose(expected, { atol: 2e-6, rtol: 1e-6 });
      backend.free();
    }
  });

  it('names the nearest backend of a mistyped one', () => {
    expect(() => backendName('tensorflwo')).toThrow("did you mean 'tensorflow'?");
  });
});
