/**
 * Published accuracies of weights on microrings under feedback, and which resonance error they ask of a ring here. Nothing is
 * fitted: the ring is the description's. Only abstracts were at hand; they give bits, and neither a definition of them, a
 * resonance error nor a quality factor, so that both customary definitions stand here.
 */
import type { Ring } from '../../hardware/optics/ring.js';

/** A published figure of control. */
export interface PublishedControl {
  readonly source: string;
  readonly control: string;
  /** Accuracy: distance from the weight asked for; precision: scatter of what is set. */
  readonly what: 'accuracy' | 'precision';
  readonly bits: number;
  /** Range of temperature over which it holds after one calibration, K; null where none is given. */
  readonly range_K: number | null;
}

const ZHANG = { source: 'Zhang et al., Optica 9, 579 (2022), arXiv 2104.01164', control: 'dithering' } as const;
const GARCIA = { source: 'Garcia Echeverria et al., arXiv 2409.06604', control: 'analog PID' } as const;

export const PUBLISHED_CONTROL: readonly PublishedControl[] = [
  { ...ZHANG, what: 'precision', bits: 9, range_K: null },
  // Of the first version of that preprint, "Microring weight banks control beyond 8.5-bits accuracy".
  { ...ZHANG, what: 'accuracy', bits: 8.5, range_K: null },
  { ...GARCIA, what: 'precision', bits: 11.3, range_K: 6 },
  { ...GARCIA, what: 'accuracy', bits: 9.3, range_K: 6 },
];

/** What a definition of bits asks of a ring. */
export interface NeededResidual {
  /** Standard deviation of the resonance error. */
  readonly residual_pm: number;
  readonly residual_mK: number;
  /** Over the linewidth: nearly the same for every quality factor. */
  readonly ofLinewidth: number;
}

export interface ControlNeeds extends PublishedControl {
  /** Bits of the uniform quantiser of a value in [0, 1] with that RMS error: effective bits, as everywhere here. */
  readonly asQuantiser: NeededResidual;
  /** log2 of the weights' range, -1 to 1, over the deviation: larger by log2(2 sqrt(12)) = 2.8 bits for the same error. */
  readonly asRange: NeededResidual;
  /** By how much a loop must suppress the shift over `range_K`, for `asQuantiser`; null where no range is given, or nothing shifts. */
  readonly suppression: number | null;
}

const HALVINGS = 60;

/** Residual at which the RMS error is `rms`: it rises with the residual. @param errorOf RMS error, full scale 1, of a residual. */
function residualFor(rms: number, linewidth_nm: number, errorOf: (residual_nm: number) => number): number {
  let [low, high] = [0, linewidth_nm];
  for (let i = 0; i < HALVINGS; i++) {
    const middle = (low + high) / 2;
    if (errorOf(middle) < rms) low = middle;
    else high = middle;
  }
  return (low + high) / 2;
}

/**
 * Residual errors that the published bits ask of a ring.
 * @param errorOf RMS error of a held value, full scale 1, by the deviation of the resonance error in nm.
 * @param thermalShift_nm_per_K of the resonance.
 */
export function controlNeeds(
  { linewidth_nm }: Pick<Ring, 'linewidth_nm'>,
  thermalShift_nm_per_K: number,
  errorOf: (residual_nm: number) => number,
): ControlNeeds[] {
  const needed = (rms: number): NeededResidual => {
    const residual_nm = residualFor(rms, linewidth_nm, errorOf);
    return {
      residual_pm: residual_nm * 1e3,
      residual_mK: (residual_nm / thermalShift_nm_per_K) * 1e3,
      ofLinewidth: residual_nm / linewidth_nm,
    };
  };
  return PUBLISHED_CONTROL.map((published) => {
    const asQuantiser = needed(2 ** -published.bits / Math.sqrt(12));
    const { range_K } = published;
    return {
      ...published,
      asQuantiser,
      asRange: needed(2 * 2 ** -published.bits),
      suppression:
        range_K === null || thermalShift_nm_per_K === 0
          ? null
          : (range_K * thermalShift_nm_per_K * 1e3) / asQuantiser.residual_pm,
    };
  });
}
