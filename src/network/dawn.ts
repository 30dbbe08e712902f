/**
 * WebGPU in Node: Dawn (npm `webgpu`) put where a browser has it, before TensorFlow.js's backend looks there. Where no
 * hardware adapter answers, SwiftShader, the software rasteriser that comes with Chromium, stands in.
 */
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { BackendUnavailableError } from '../errors.js';
import type { Gpu } from './webgpu.js';

/** Where Chromium's packages put the description of SwiftShader's Vulkan driver. */
const SWIFTSHADER = [
  '/usr/lib/chromium/vk_swiftshader_icd.json',
  '/usr/lib/chromium-browser/vk_swiftshader_icd.json',
  '/opt/google/chrome/vk_swiftshader_icd.json',
];

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

async function importDawn(): Promise<Dawn> {
  try {
    return (await import('webgpu' as string)) as Dawn;
  } catch (error) {
    const isMissing = (error as NodeJS.ErrnoException).code === 'ERR_MODULE_NOT_FOUND';
    throw new BackendUnavailableError(
      isMissing
        ? "backend 'webgpu': the package 'webgpu' is not installed; run 'npm install webgpu @tensorflow/tfjs-backend-webgpu', or use --backend wasm"
        : `backend 'webgpu': Dawn does not load here (${(error as Error).message.split('\n')[0]}); use --backend wasm`,
      { cause: error },
    );
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

const isDriverChosen = () => Boolean(process.env['VK_ICD_FILENAMES'] || process.env['VK_DRIVER_FILES']);

/** The driver to stand in on Linux; null where the user chose one, or there is none. */
function standIn(): string | null {
  if (process.platform !== 'linux' || isDriverChosen()) return null;
  return SWIFTSHADER.find((file) => existsSync(file)) ?? null;
}

function noAdapter(): BackendUnavailableError {
  const isLinux = process.platform === 'linux';
  const hasLoader = LIBRARY_FOLDERS.some((folder) => existsSync(join(folder, 'libvulkan.so.1')));
  const why =
    isLinux && !hasLoader
      ? "Vulkan's loader is not installed: install the package libvulkan1 and a driver of the GPU"
      : "no GPU answers: install the GPU's driver";
  const software = isLinux ? ', or chromium, whose software rasteriser stands in (slow)' : '';
  return new BackendUnavailableError(`backend 'webgpu': ${why}${software}, or use --backend wasm`);
}

/** Makes the globals of WebGPU; `navigator` is Node's own from version 21 on. */
function install(dawn: Dawn, gpu: Gpu): void {
  Object.assign(globalThis, dawn.globals);
  if (!globalThis.navigator) Object.defineProperty(globalThis, 'navigator', { value: {}, configurable: true });
  Object.defineProperty(globalThis.navigator, 'gpu', { value: gpu, configurable: true });
}

/**
 * Gives this process a `navigator.gpu` with an adapter behind it.
 * @throws BackendUnavailableError where the package, Vulkan's loader or an adapter is missing, with the remedy.
 */
export async function installDawn(): Promise<void> {
  const dawn = await importDawn();
  const software = standIn();
  // Asking where there is no driver at all would make Dawn print warnings.
  if (software && !hasDriver()) process.env['VK_ICD_FILENAMES'] = software;
  let gpu = dawn.create([]);
  if (!(await gpu.requestAdapter()) && software && !isDriverChosen()) {
    process.env['VK_ICD_FILENAMES'] = software;
    gpu = dawn.create([]);
  }
  if (!(await gpu.requestAdapter())) throw noAdapter();
  install(dawn, gpu);
}

/** Drops what keeps Dawn, and with it the process, alive. */
export function uninstallDawn(): void {
  Reflect.deleteProperty(globalThis.navigator ?? {}, 'gpu');
}
