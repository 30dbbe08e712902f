/** The lab on WebGPU: what a browser has without it, and its numbers with it; skipped where there is no adapter. */
import { afterEach, describe, expect, it } from 'vitest';
import { browserFile, OpenSite, onCommandLine, type PageResult } from './openSite.js';

const IMAGES = 4;
/** Software WebGPU is behind a flag. */
const FLAGS = ['--enable-unsafe-webgpu', '--use-webgpu-adapter=swiftshader', '--enable-features=Vulkan'];

describe.skipIf(!browserFile)('the lab on a GPU', () => {
  let site: OpenSite | null = null;

  afterEach(async () => {
    await site?.close();
    site = null;
  });

  const runOn = async (backend: string) => {
    await site!.open(`#images=${IMAGES}&backend=${backend}`);
    return (await site!.run()) as PageResult & { on: string };
  };

  it('takes WebAssembly and says why where there is no WebGPU, and says what to do where it is asked for', async () => {
    site = await OpenSite.start({ flags: ['--disable-features=WebGPU', '--disable-blink-features=WebGPU'] });
    const { emulated, on } = await runOn('auto');
    expect(on).toMatch(/^WebAssembly, 1 thread/);
    expect(await site.page.textContent('#computed-on')).toMatch(/WebAssembly, 1 thread \(this browser.*WebGPU/);
    expect(emulated).toEqual([...(await onCommandLine({ images: IMAGES })).emulatedLogits!]);
    await runOn('webgpu');
    await site.textOf('error', /WebGPU.*use wasm|WebGPU.*WebAssembly runs everywhere/);
    expect(await site.page.textContent('#command')).toContain('--backend webgpu');
  });

  it('computes there what the command line does, within the tolerance of the contract', async ({ skip }) => {
    site = await OpenSite.start({ flags: FLAGS });
    await site.open('');
    const adapter = await site.page.evaluate(
      'navigator.gpu ? navigator.gpu.requestAdapter().then((found) => found !== null) : false',
    );
    skip(!adapter, 'the browser has no adapter');
    const { error, emulated, digital, on } = await runOn('webgpu');
    expect(error).toBeUndefined();
    expect(on).toMatch(/^WebGPU: ./);
    const expected = await onCommandLine({ images: IMAGES });
    const spread = Math.max(...expected.emulatedLogits!) - Math.min(...expected.emulatedLogits!);
    expect(digital).toBeAllclose(expected.digitalLogits!, { atol: 1e-4 * spread, rtol: 0 });
    // Section 9 of the contract: an activation that crosses code 0|1 packs its chunks anew.
    expect(emulated).toBeAllclose(expected.emulatedLogits!, { atol: 0.04 * spread, rtol: 0 });
    // Software is no reason to leave WebAssembly; a worker that was on WebGPU goes back to it, bit for bit.
    const back = await runOn('auto');
    expect(back.emulated).toEqual([...expected.emulatedLogits!]);
    expect(await site.page.textContent('#computed-on')).toContain('WebGPU is software');
    expect(site.uncaught).toEqual([]);
    expect(site.elsewhere).toEqual([]);
  });
});
