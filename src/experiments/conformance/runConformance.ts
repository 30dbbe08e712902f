/** Runs conformance cases on the backends there are (section 12 of the contract). */

import { BackendUnavailableError } from '../../base/errors.js';
import { BACKENDS, type BackendName, createBackend } from '../../emulation/backends/index.js';
import type { CaseChecker, CaseChecks } from './caseChecks.js';
import type { ConformanceCase } from './caseSchema.js';
import { checkBank, checkPhilox, checkRing, checkStatic } from './checkDevices.js';
import { kernelChecker } from './checkKernels.js';
import { checkLayerReference } from './checkLayers.js';
import type { Comparison } from './deviations.js';
import { type ConformanceCases, loadConformance } from './loadCases.js';
import { randomCases } from './randomCases.js';

/** All backends, the definition first. */
const CONFORMANCE_ORDER: readonly BackendName[] = ['reference', ...BACKENDS.filter((name) => name !== 'reference')];

export interface CaseReport {
  readonly file: string;
  readonly name: string;
  readonly kind: ConformanceCase['kind'];
  readonly backend: BackendName;
  readonly comparisons: readonly Comparison[];
  readonly notCovered: readonly string[];
}

export interface ConformanceReport {
  readonly schema: 'sonic-conformance-report/1';
  /** Whether something was compared, and all of it is within tolerance. */
  readonly passed: boolean;
  /** Backends that were asked for and are not there, with the reason. */
  readonly unavailable: readonly { readonly backend: BackendName; readonly reason: string }[];
  readonly cases: readonly CaseReport[];
}

async function checkReference(given: ConformanceCase): Promise<CaseChecks> {
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

/** Two sets of kernels of one backend; the second one's quantities are marked. */
function both(first: CaseChecker, second: CaseChecker, mark: string): CaseChecker {
  return async (given) => {
    const [own, other] = [await first(given), await second(given)];
    if (!own || !other) return own ?? other;
    const marked = other.comparisons.map((comparison) => ({
      ...comparison,
      quantity: `${comparison.quantity}, ${mark}`,
    }));
    return {
      comparisons: [...own.comparisons, ...marked],
      notCovered: [...new Set([...own.notCovered, ...other.notCovered])],
    };
  };
}

/**
 * The checker of a backend: of the kernels that users get, and of `tensorflow` those that run under CUDA as well.
 * @throws BackendUnavailableError
 */
export async function checkerOf(backend: BackendName): Promise<CaseChecker> {
  if (backend === 'reference') return checkReference;
  const own = kernelChecker(await createBackend(backend));
  if (backend !== 'tensorflow') return own;
  const { createTensorflowBackend } = await import('../../emulation/backends/tensorflowBackend.js');
  return both(own, kernelChecker(await createTensorflowBackend(backend, { kernels: 'composed' })), 'composed kernels');
}

/** Runs loaded cases on one backend, one after the other. */
async function runCases(
  backend: BackendName,
  check: CaseChecker,
  files: readonly ConformanceCases[],
): Promise<CaseReport[]> {
  const reports: CaseReport[] = [];
  for (const { file, cases } of files) {
    for (const given of cases) {
      const checks = await check(given);
      if (checks) reports.push({ file, name: given.name, kind: given.kind, backend, ...checks });
    }
  }
  return reports;
}

export interface ConformanceOptions {
  /** Default: all; those that this machine does not offer are then reported and left out. */
  readonly backends?: readonly BackendName[];
  /** Random cases beside those of files, whose expected values are the reference's: it is not checked on them. */
  readonly random?: { readonly cases: number; readonly seed: number };
}

/**
 * Runs the cases of `files` and compares every quantity with what is expected.
 * @throws FormatError naming file, case and key of a bad file; BackendUnavailableError for a backend asked for by name.
 */
export async function runConformance(
  files: readonly string[],
  { backends, random }: ConformanceOptions = {},
): Promise<ConformanceReport> {
  const loaded = await Promise.all(files.map(loadConformance));
  const drawn = random ? [randomCases(random.cases, random.seed)] : [];
  const cases: CaseReport[] = [];
  const unavailable: { backend: BackendName; reason: string }[] = [];
  for (const backend of backends ?? CONFORMANCE_ORDER) {
    try {
      const given = backend === 'reference' ? loaded : [...loaded, ...drawn];
      cases.push(...(await runCases(backend, await checkerOf(backend), given)));
    } catch (error) {
      if (backends || !(error instanceof BackendUnavailableError)) throw error;
      unavailable.push({ backend, reason: error.message });
    }
  }
  const passed =
    cases.length > 0 && cases.every(({ comparisons }) => comparisons.every((comparison) => comparison.passed));
  return { schema: 'sonic-conformance-report/1', passed, unavailable, cases };
}
