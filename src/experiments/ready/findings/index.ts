/** What each ready experiment shows, in words computed from its results. */
import type { SweepSummary } from '../../sweep/types.js';

export { BROKEN_TEXT } from './curves.js';

import { adcBitsFindings, adcBitsHeadline } from './adcBits.js';
import { chipsFindings, chipsHeadline } from './chips.js';
import { converterBitsFindings, converterBitsHeadline } from './converterBits.js';
import { crosstalkFindings, crosstalkHeadline } from './crosstalk.js';
import { noiseFindings, noiseHeadline } from './noise.js';
import { resonanceErrorsFindings, resonanceErrorsHeadline } from './resonanceErrors.js';
import { screeningFindings, screeningHeadline } from './screening.js';
import { sparsityFindings, sparsityHeadline } from './sparsity.js';
import { temperatureFindings, temperatureHeadline } from './temperature.js';
import { tuningFindings, tuningHeadline } from './tuning.js';
import { vectorSizeFindings, vectorSizeHeadline } from './vectorSize.js';

export interface Findings {
  /** One line. */
  readonly headline: (summary: SweepSummary) => string;
  /** Sentences, one a paragraph. */
  readonly all: (summary: SweepSummary) => string[];
}

const FINDINGS: Readonly<Record<string, Findings>> = {
  'adc-bits': { headline: adcBitsHeadline, all: adcBitsFindings },
  chips: { headline: chipsHeadline, all: chipsFindings },
  'converter-bits': { headline: converterBitsHeadline, all: converterBitsFindings },
  crosstalk: { headline: crosstalkHeadline, all: crosstalkFindings },
  noise: { headline: noiseHeadline, all: noiseFindings },
  'resonance-errors': { headline: resonanceErrorsHeadline, all: resonanceErrorsFindings },
  screening: { headline: screeningHeadline, all: screeningFindings },
  sparsity: { headline: sparsityHeadline, all: sparsityFindings },
  temperature: { headline: temperatureHeadline, all: temperatureFindings },
  tuning: { headline: tuningHeadline, all: tuningFindings },
  'vector-size': { headline: vectorSizeHeadline, all: vectorSizeFindings },
};

/** Of an experiment, whatever network it runs on: `cifar10-adc-bits` is read as `adc-bits`. */
export function findingsOf(name: string): Findings | undefined {
  const plain = name.replace(/^cifar10-/, '');
  return Object.hasOwn(FINDINGS, plain) ? FINDINGS[plain] : undefined;
}
