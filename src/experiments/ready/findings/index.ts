/** What each ready experiment shows, in words computed from its results, and the points that the words rest on. */
import type { Curve, Values } from '../method/curve.js';
import type { Evidence } from '../method/evidence.js';
import { adcBitsCurves, adcBitsFindings, adcBitsHeadline, adcBitsPoints } from './adcBits.js';
import { chipsFindings, chipsHeadline } from './chipScatter.js';
import { chirpCurves, chirpFindings, chirpHeadline, chirpPoints } from './chirp.js';
import { converterBitsCurves, converterBitsFindings, converterBitsHeadline } from './converterBits.js';
import { crosstalkCurves, crosstalkFindings, crosstalkHeadline } from './crosstalk.js';
import { driftCurves, driftFindings, driftHeadline } from './drift.js';
import { noiseCurves, noiseFindings, noiseHeadline } from './noise.js';
import { photonBudgetFindings, photonBudgetHeadline } from './photonBudget.js';
import { resonanceErrorsCurves, resonanceErrorsFindings, resonanceErrorsHeadline } from './resonanceErrors.js';
import { screeningFindings, screeningHeadline } from './screening.js';
import { sparsityCurves, sparsityFindings, sparsityHeadline } from './sparsity.js';
import { temperatureCurves, temperatureFindings, temperatureHeadline } from './temperature.js';
import { tolerancesCurves, tolerancesFindings, tolerancesHeadline } from './tolerances.js';
import { tuningCurves, tuningFindings, tuningHeadline, tuningPoints } from './tuning.js';
import { vectorSizeFindings, vectorSizeHeadline } from './vectorSize.js';

type Sweep = Pick<Evidence, 'manifest'>;

export interface Findings {
  /** One line. */
  readonly headline: (evidence: Evidence) => string;
  /** Sentences, one a paragraph. */
  readonly all: (evidence: Evidence) => string[];
  /** Curves whose thresholds the sentences name. */
  readonly curves?: (sweep: Sweep) => readonly Curve[];
  /** Whether they rest on every point. */
  readonly everywhere?: true;
  /** Points that they name besides. */
  readonly points?: (sweep: Sweep) => readonly Values[];
}

const FINDINGS: Readonly<Record<string, Findings>> = {
  'adc-bits': { headline: adcBitsHeadline, all: adcBitsFindings, curves: adcBitsCurves, points: adcBitsPoints },
  chips: { headline: chipsHeadline, all: chipsFindings, everywhere: true },
  chirp: { headline: chirpHeadline, all: chirpFindings, curves: chirpCurves, points: chirpPoints },
  'converter-bits': { headline: converterBitsHeadline, all: converterBitsFindings, curves: converterBitsCurves },
  crosstalk: { headline: crosstalkHeadline, all: crosstalkFindings, curves: crosstalkCurves },
  drift: { headline: driftHeadline, all: driftFindings, curves: driftCurves },
  noise: { headline: noiseHeadline, all: noiseFindings, curves: noiseCurves },
  'photon-budget': { headline: photonBudgetHeadline, all: photonBudgetFindings, everywhere: true },
  'resonance-errors': {
    headline: resonanceErrorsHeadline,
    all: resonanceErrorsFindings,
    curves: resonanceErrorsCurves,
  },
  screening: { headline: screeningHeadline, all: screeningFindings, everywhere: true },
  sparsity: { headline: sparsityHeadline, all: sparsityFindings, curves: sparsityCurves, everywhere: true },
  temperature: { headline: temperatureHeadline, all: temperatureFindings, curves: temperatureCurves },
  tolerances: { headline: tolerancesHeadline, all: tolerancesFindings, curves: tolerancesCurves },
  tuning: { headline: tuningHeadline, all: tuningFindings, curves: tuningCurves, points: tuningPoints },
  'vector-size': { headline: vectorSizeHeadline, all: vectorSizeFindings, everywhere: true },
};

/** Of an experiment, whatever network it runs on: `cifar10-adc-bits` is read as `adc-bits`. */
export function findingsOf(name: string): Findings | undefined {
  const plain = name.replace(/^cifar10-/, '');
  return Object.hasOwn(FINDINGS, plain) ? FINDINGS[plain] : undefined;
}
