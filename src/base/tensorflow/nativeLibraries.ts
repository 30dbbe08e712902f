/**
 * What native libraries write to the process's standard error by themselves (Vulkan drivers, TensorFlow) is silenced by
 * their own switches, here, before they load. What has no switch only another process can catch: `src/cli/quiet.ts`.
 */
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { isAbsolute, join } from 'node:path';

let areHeard = false;

/** From now on nothing is silenced, for those who look for what is wrong with a driver (`--debug`). */
export function hearNativeLibraries(): void {
  areHeard = true;
}

function isFolder(path: string): boolean {
  try {
    return isAbsolute(path) && statSync(path).isDirectory();
  } catch {
    return false;
  }
}

/**
 * Before Vulkan's loader: drivers with a window system ask for the user's runtime folder, which sessions without a desktop
 * do not have, and complain ("XDG_RUNTIME_DIR is invalid"), though nothing is shown. They get an empty one.
 */
export function quietVulkan(): void {
  if (areHeard || process.platform !== 'linux' || isFolder(process.env['XDG_RUNTIME_DIR'] ?? '')) return;
  try {
    const folder = mkdtempSync(join(tmpdir(), 'sonic-runtime-'));
    process.on('exit', () => rmSync(folder, { recursive: true, force: true }));
    process.env['XDG_RUNTIME_DIR'] = folder;
  } catch {
    // Nowhere to make a folder: then they complain.
  }
}

/** Before TensorFlow's library. Errors of operations are thrown all the same. */
export function quietTensorflow(backend: 'tensorflow' | 'tensorflow-gpu'): void {
  if (areHeard) return;
  // Errors too on CUDA: the library reports three of its own that mean nothing.
  process.env['TF_CPP_MIN_LOG_LEVEL'] ??= backend === 'tensorflow' ? '2' : '3';
}
