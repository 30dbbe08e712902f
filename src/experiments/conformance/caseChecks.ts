/** What a backend's check of a case yields. */
import type { ConformanceCase } from './caseSchema.js';
import type { Comparison } from './deviations.js';

/** What one backend makes of one case. */
export interface CaseChecks {
  readonly comparisons: readonly Comparison[];
  /** Quantities of the case that this backend does not compute. */
  readonly notCovered: readonly string[];
}

/** A backend's way with a case; null where the case's pieces are float64 on every backend and the reference has them. */
export type CaseChecker = (given: ConformanceCase) => Promise<CaseChecks | null>;
