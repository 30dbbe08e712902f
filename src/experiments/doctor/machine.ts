/** What of the machine and the installation matters to the emulator. */
import { accessSync, constants, existsSync, readFileSync } from 'node:fs';
import { availableParallelism, cpus, freemem, totalmem } from 'node:os';
import { delimiter, join } from 'node:path';
import { versions } from '../../base/versions.js';
import { CATALOGUE } from '../../datasets/catalogue.js';
import { isInstalled } from '../../datasets/userData.js';
import { BUNDLED_NETWORKS } from '../run/bundled.js';

export interface Machine {
  readonly platform: string;
  readonly processor: string;
  /** Whether the processor has AVX, which TensorFlow's library needs; null where the system does not say. */
  readonly avx: boolean | null;
  readonly threads: number;
  readonly memory_GiB: number;
  readonly freeMemory_GiB: number;
  readonly versions: Readonly<Record<string, string>>;
}

/** Something that may be there or not. */
export interface Finding {
  readonly name: string;
  readonly found: boolean;
  /** Where, or what part of it. */
  readonly detail: string;
  /** What it is for, or how to get it. */
  readonly use: string;
}

/** Flags of the processor as Linux lists them. */
function processorFlags(): string | null {
  try {
    return readFileSync('/proc/cpuinfo', 'utf8');
  } catch {
    return null;
  }
}

const gibibytes = (bytes: number) => bytes / 2 ** 30;

export function describeMachine(): Machine {
  const flags = processorFlags();
  return {
    platform: `${process.platform} ${process.arch}`,
    processor: cpus()[0]?.model.trim() ?? 'unknown',
    avx: flags === null ? null : /\bavx\b/.test(flags),
    threads: availableParallelism(),
    memory_GiB: gibibytes(totalmem()),
    freeMemory_GiB: gibibytes(freemem()),
    versions: versions(),
  };
}

/** Data sets that can be run without naming a folder. */
export function findDatasets(): Finding[] {
  return CATALOGUE.map((entry) => {
    const splits = (['train', 'test'] as const).filter((split) => isInstalled(entry, split));
    const bundled = entry.bundled === null ? [] : [`bundled: ${entry.bundled}`];
    const installed = splits.length === 0 ? [] : [`installed: ${splits.join(' and ')}`];
    return {
      name: entry.name,
      found: bundled.length + installed.length > 0,
      detail: [...bundled, ...installed].join('; '),
      use: entry.complete ? '' : "'sonic datasets' says how to get all of it",
    };
  });
}

/** Networks that come with the package. */
export function findCheckpoints(): Finding[] {
  return Object.entries(BUNDLED_NETWORKS).map(([name, { checkpoint, description }]) => ({
    name,
    found: existsSync(checkpoint),
    detail: description,
    use: existsSync(checkpoint) ? '' : `${checkpoint} is missing: install the package anew`,
  }));
}

/** The first of `programs` on the search path. */
function whichOf(programs: readonly string[], path = process.env['PATH'] ?? ''): string | null {
  const candidates = path.split(delimiter).flatMap((folder) => programs.map((program) => join(folder, program)));
  const isProgram = (file: string) => {
    try {
      accessSync(file, constants.X_OK);
      return true;
    } catch {
      return false;
    }
  };
  return candidates.find(isProgram) ?? null;
}

const PROGRAMS: readonly { name: string; programs: readonly string[]; use: string }[] = [
  {
    name: 'chromium',
    programs: ['chromium', 'chromium-browser', 'google-chrome'],
    use: 'renders pages in tests; its SwiftShader is a GPU for the backend webgpu where there is none',
  },
  { name: 'redis', programs: ['redis-server', 'valkey-server'], use: 'sweeps over several processes or machines' },
  { name: 'python', programs: ['python3', 'python'], use: 'npm run install-tensorflow, npm run bench-peers' },
  { name: 'c++', programs: ['g++', 'clang++', 'c++'], use: 'npm run install-tensorflow compiles an addon' },
];

/** Programs that optional features need. */
export function findPrograms(path?: string): Finding[] {
  return PROGRAMS.map(({ name, programs, use }) => {
    const file = whichOf(programs, path);
    return { name, found: file !== null, detail: file ?? '', use };
  });
}
