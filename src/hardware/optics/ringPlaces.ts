/**
 * Where rings of a bank stand, in the form that their response is reckoned from without trigonometry. Of the Airy form that is
 * p = sin(pi delta / FSR): T(-delta) follows from p squared, and what the ring takes from a neighbour's channel from p and
 * sqrt(1 - p^2) by the sine of a difference. Of a measured response it is the detuning itself.
 */
import { type Bank, channelAngles } from './bank.js';
import { type MeasuredResponse, measuredDetuning_nm, measuredTransmission } from './measuredResponse.js';

export interface RingPlaces {
  /** The place with the smallest detuning >= 0 at which a ring itself transmits `t`, Tmin <= t < 1. */
  placeOf(t: number): number;
  detuning_nm(place: number): number;
  /** T(-delta): what a ring transmits of its own channel. */
  transmission(place: number): number;
  /**
   * Writes what ring `i` of a waveguide lets pass of every other channel j: T(lambda_j - lambda_i - delta).
   * @param out written at `first + j * w`.
   */
  writePassed(place: number, i: number, out: Float64Array, first: number): void;
}

function airyPlaces(bank: Bank): RingPlaces {
  const { ring, ringsPerWaveguide: w } = bank;
  const { Tmin, finesseCoefficient, freeSpectralRange_nm } = ring;
  const angles = channelAngles(bank);
  return {
    placeOf: (t) => Math.sqrt(Math.min(Math.max((t - Tmin) / (finesseCoefficient * (1 - t)), 0), 1)),
    detuning_nm: (place) => (freeSpectralRange_nm / Math.PI) * Math.asin(place),
    transmission: (place) => {
      const excess = finesseCoefficient * place * place;
      return (Tmin + excess) / (1 + excess);
    },
    writePassed: (place, i, out, first) => {
      const cosine = Math.sqrt(1 - place * place);
      for (let j = 0; j < w; j++) {
        if (j === i) continue;
        const at = j * w + i;
        const sine = angles.sine[at]! * cosine - angles.cosine[at]! * place;
        const excess = finesseCoefficient * sine * sine;
        out[first + j * w] = (Tmin + excess) / (1 + excess);
      }
    },
  };
}

function measuredPlaces({ ring, channel_nm, ringsPerWaveguide: w }: Bank, response: MeasuredResponse): RingPlaces {
  const { freeSpectralRange_nm } = ring;
  return {
    placeOf: (t) => measuredDetuning_nm(response, t),
    detuning_nm: (place) => place,
    transmission: (place) => measuredTransmission(response, freeSpectralRange_nm, -place),
    writePassed: (place, i, out, first) => {
      for (let j = 0; j < w; j++) {
        const distance_nm = channel_nm[j]! - channel_nm[i]! - place;
        if (j !== i) out[first + j * w] = measuredTransmission(response, freeSpectralRange_nm, distance_nm);
      }
    },
  };
}

export function ringPlaces(bank: Bank): RingPlaces {
  const { response } = bank.ring;
  return response ? measuredPlaces(bank, response) : airyPlaces(bank);
}
