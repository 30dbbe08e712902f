/**
 * WebGPU in Node: Dawn (npm `webgpu`) put where a browser has it, before TensorFlow.js's backend looks there. Where no
 * hardware adapter answers, SwiftShader, the software rasteriser that comes with Chromium, stands in.
 */
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { BackendUnavailableError } from '../errors.js';
import { importCommonJs } from './importCommonJs.js';
import { quietVulkan } from './nativeLibraries.js';
import type { Tf } from './types.js';
import type { Gpu } from './webgpuAdapter.js';

/** Where Chromium's packages put the description of SwiftShader's Vulkan driver. */
const SWIFTSHADER = [
  '/usr/lib/chromium/vk_swiftshader_icd.json',
  '/usr/lib/chromium-browser/vk_swiftshader_icd.json',
  '/opt/google/chrome/vk_swiftshader_icd.json',
];

/** Where Linux distributions keep shared libraries. */
const LIBRARY_FOLDERS = [
  '/usr/lib',
  '/usr/lib64',
  '/usr/local/lib',
  '/lib',
  `/usr/lib/${process.arch === 'arm64' ? 'aarch64' : 'x86_64'}-linux-gnu`,
];

interface Dawn {
  create(options: string[]): Gpu;
  readonly globals: object;
}

/** An optional package's exports. @throws BackendUnavailableError where it is missing or does not load. */
async function importOptional(name: string, load: (name: string) => unknown): Promise<unknown> {
  try {
    return await load(name);
  } catch (error) {
    const isMissing = /^(ERR_)?MODULE_NOT_FOUND$/.test((error as NodeJS.ErrnoException).code ?? '');
    const why = isMissing
      ? `needs the package '${name}', which is not installed`
      : `cannot load the package '${name}' (${(error as Error).message.split('\n')[0]})`;
    const remedy = "run 'npm install webgpu @tensorflow/tfjs-backend-webgpu', or use the backend wasm";
    throw new BackendUnavailableError('webgpu', why, remedy, { cause: error });
  }
}

/** Folders in which Vulkan's loader looks for drivers of its own accord. */
function driverFolders(): string[] {
  const dataFolders = (process.env['XDG_DATA_DIRS'] || '/usr/local/share:/usr/share').split(':');
  const own = process.env['HOME'] ? [join(process.env['HOME'], '.local/share')] : [];
  return [...own, '/etc', '/usr/local/etc', ...dataFolders].map((folder) => join(folder, 'vulkan', 'icd.d'));
}

function hasDriver(): boolean {
  return driverFolders().some(
    (folder) => existsSync(folder) && readdirSync(folder).some((file) => file.endsWith('.json')),
  );
}

/** Whether Vulkan's loader is where libraries are. */
function hasLoader(): boolean {
  return LIBRARY_FOLDERS.some((folder) => existsSync(join(folder, 'libvulkan.so.1')));
}

const isDriverChosen = () => Boolean(process.env['VK_ICD_FILENAMES'] || process.env['VK_DRIVER_FILES']);

/** The driver to stand in on Linux; null where the user chose one, or there is none. */
function standIn(): string | null {
  if (process.platform !== 'linux' || isDriverChosen()) return null;
  return SWIFTSHADER.find((file) => existsSync(file)) ?? null;
}

function noAdapter(): BackendUnavailableError {
  if (process.platform !== 'linux') {
    return new BackendUnavailableError('webgpu', 'finds no GPU', "install the GPU's driver, or use the backend wasm");
  }
  const software = '(where there is no GPU, the package chromium: its software rasteriser stands in, slowly)';
  return hasLoader()
    ? new BackendUnavailableError(
        'webgpu',
        'finds no GPU with a Vulkan driver',
        `install the GPU's driver ${software}, or use the backend wasm`,
      )
    : new BackendUnavailableError(
        'webgpu',
        "needs Vulkan's loader, libvulkan.so.1, which is not installed",
        `install the package libvulkan1 and the GPU's driver ${software}, or use the backend wasm`,
      );
}

/** Makes the globals of WebGPU; `navigator` is Node's own from version 21 on. */
function install(dawn: Dawn, gpu: Gpu): void {
  Object.assign(globalThis, dawn.globals);
  if (!globalThis.navigator) Object.defineProperty(globalThis, 'navigator', { value: {}, configurable: true });
  Object.defineProperty(globalThis.navigator, 'gpu', { value: gpu, configurable: true });
}

/** Gives this process a `navigator.gpu` with an adapter behind it. */
async function installDawn(): Promise<void> {
  const dawn = (await importOptional('webgpu', (name) => import(name))) as Dawn;
  quietVulkan();
  const software = standIn();
  // Asking where there is no driver at all would make Dawn print warnings.
  if (process.platform === 'linux' && !isDriverChosen() && !hasDriver()) {
    if (!software) throw noAdapter();
    process.env['VK_ICD_FILENAMES'] = software;
  }
  let gpu = dawn.create([]);
  if (!(await gpu.requestAdapter()) && software && !isDriverChosen()) {
    process.env['VK_ICD_FILENAMES'] = software;
    gpu = dawn.create([]);
  }
  if (!(await gpu.requestAdapter())) throw noAdapter();
  install(dawn, gpu);
}

/**
 * What TensorFlow.js needs to start its backend `webgpu` in Node.
 * @throws BackendUnavailableError where a package, Vulkan's loader or an adapter is missing, with the remedy.
 */
export async function setUpWebgpu(tf: Tf): Promise<void> {
  // Its package looks for WebGPU once, when it is imported.
  if (tf.findBackendFactory('webgpu')) return;
  await installDawn();
  await importOptional('@tensorflow/tfjs-backend-webgpu', importCommonJs);
  // Small tensors stay on the adapter too: what a run yields should not depend on where its sizes fall.
  tf.env().set('WEBGPU_CPU_FORWARD', false);
}
