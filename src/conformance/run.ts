/** Runs conformance cases on the backends there are (section 12 of the contract). */
import { createBackend } from '../backends/index.js';
import { BackendUnavailableError } from '../errors.js';
import type { Comparison } from './compare.js';
import { checkBank, checkPhilox, checkRing, checkStatic } from './devices.js';
import { kernelChecker } from './kernels.js';
import { checkLayerReference } from './layers.js';
import { type ConformanceCases, loadConformance } from './load.js';
import type { ConformanceCase } from './schema.js';

export const CONFORMANCE_BACKENDS = ['reference', 'wasm'] as const;
export type ConformanceBackend = (typeof CONFORMANCE_BACKENDS)[number];

/** What one backend makes of one case. */
export interface CaseChecks {
  readonly comparisons: readonly Comparison[];
  /** Quantities of the case that this backend does not compute. */
  readonly notCovered: readonly string[];
}

/** A backend's way with a case; null where the case's pieces are float64 on every backend and the reference has them. */
export type CaseChecker = (given: ConformanceCase) => CaseChecks | null;

export interface CaseReport {
  readonly file: string;
  readonly name: string;
  readonly kind: ConformanceCase['kind'];
  readonly backend: ConformanceBackend;
  readonly comparisons: readonly Comparison[];
  readonly notCovered: readonly string[];
}

export interface ConformanceReport {
  readonly schema: 'sonic-conformance-report/1';
  /** Whether something was compared, and all of it is within tolerance. */
  readonly passed: boolean;
  /** Backends that were asked for and are not there, with the reason. */
  readonly unavailable: readonly { readonly backend: ConformanceBackend; readonly reason: string }[];
  readonly cases: readonly CaseReport[];
}

function checkReference(given: ConformanceCase): CaseChecks {
  const check = (): Comparison[] => {
    switch (given.kind) {
      case 'layer':
        return checkLayerReference(given);
      case 'bank':
        return checkBank(given);
      case 'static':
        return checkStatic(given);
      case 'ring':
        return checkRing(given);
      case 'philox':
        return checkPhilox(given);
      default:
        return given satisfies never;
    }
  };
  return { comparisons: check(), notCovered: [] };
}

async function createWasmChecker(): Promise<CaseChecker> {
  const { WasmPhilox } = await import('../kernels/philoxNormal/wasm.js');
  const { loadTf } = await import('../network/tf.js');
  return kernelChecker(await createBackend('wasm'), await WasmPhilox.create(), await loadTf('wasm'));
}

/** The checker of a backend. @throws BackendUnavailableError */
export async function checkerOf(backend: ConformanceBackend): Promise<CaseChecker> {
  switch (backend) {
    case 'reference':
      return checkReference;
    case 'wasm':
      return createWasmChecker();
    default:
      return backend satisfies never;
  }
}

/** Runs loaded cases on one backend. */
export function runCases(
  backend: ConformanceBackend,
  check: CaseChecker,
  files: readonly ConformanceCases[],
): CaseReport[] {
  return files.flatMap(({ file, cases }) =>
    cases.flatMap((given) => {
      const checks = check(given);
      return checks ? [{ file, name: given.name, kind: given.kind, backend, ...checks }] : [];
    }),
  );
}

export interface ConformanceOptions {
  /** Default: all; those that this machine does not offer are then reported and left out. */
  readonly backends?: readonly ConformanceBackend[];
}

/**
 * Runs the cases of `files` and compares every quantity with what is expected.
 * @throws FormatError naming file, case and key of a bad file; BackendUnavailableError for a backend asked for by name.
 */
export async function runConformance(
  files: readonly string[],
  { backends }: ConformanceOptions = {},
): Promise<ConformanceReport> {
  const loaded = await Promise.all(files.map(loadConformance));
  const cases: CaseReport[] = [];
  const unavailable: { backend: ConformanceBackend; reason: string }[] = [];
  for (const backend of backends ?? CONFORMANCE_BACKENDS) {
    try {
      cases.push(...runCases(backend, await checkerOf(backend), loaded));
    } catch (error) {
      if (backends || !(error instanceof BackendUnavailableError)) throw error;
      unavailable.push({ backend, reason: error.message });
    }
  }
  const passed =
    cases.length > 0 && cases.every(({ comparisons }) => comparisons.every((comparison) => comparison.passed));
  return { schema: 'sonic-conformance-report/1', passed, unavailable, cases };
}
