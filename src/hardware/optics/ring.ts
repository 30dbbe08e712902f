/**
 * The all-pass microring at its through port (section 3 of the contract), as the Airy form or as measured.
 * Transmissions are power transmissions in [Tmin, 1]; distances and detunings are in nm. Source: Bogaerts et al., Laser
 * Photonics Rev. 6, 47 (2012).
 */
import type { HardwareDescription } from '../description.js';
import {
  type MeasuredResponse,
  measuredDetuning_nm,
  measuredResponse,
  measuredSlope_per_nm,
  measuredTransmission,
} from './measuredResponse.js';

export interface Ring {
  readonly freeSpectralRange_nm: number;
  /** Full width at half maximum of the notch: wavelength / Q. */
  readonly linewidth_nm: number;
  /** Transmission on resonance, 0 with the effect `extinction` off. */
  readonly Tmin: number;
  /** F = 1 / sin^2(pi FWHM / (2 FSR)); not read where the response is measured. */
  readonly finesseCoefficient: number;
  /** What was measured in place of the Airy form; null: nothing. */
  readonly response: MeasuredResponse | null;
  /** Detuning of the full-scale value. */
  readonly fullScaleDetuning_nm: number;
  /** Transmission at that detuning. */
  readonly Tfs: number;
}

/** Constants of the description's ring. */
export function ringConstants(hardware: HardwareDescription): Ring {
  const { extinction } = hardware.effects;
  const { wavelength_nm, qualityFactor, freeSpectralRange_nm, fullScaleDetuning_linewidths } = hardware.microring;
  const { response: rows, extinction_dB } = hardware.microring;
  const response = rows === null ? null : measuredResponse(rows, extinction);
  const linewidth_nm = response ? response.linewidth_nm : wavelength_nm / qualityFactor;
  const sine = Math.sin((Math.PI * linewidth_nm) / (2 * freeSpectralRange_nm));
  const floor = response ? measuredTransmission(response, freeSpectralRange_nm, 0) : 10 ** (-extinction_dB / 10);
  const ring = {
    freeSpectralRange_nm,
    linewidth_nm,
    Tmin: extinction ? floor : 0,
    finesseCoefficient: 1 / (sine * sine),
    response,
    fullScaleDetuning_nm: fullScaleDetuning_linewidths * linewidth_nm,
    Tfs: 1,
  };
  // Light at its own channel sees a resonance that stands on the long side: T(-delta).
  return { ...ring, Tfs: transmission(ring, -ring.fullScaleDetuning_nm) };
}

/** T(d): through-port transmission at a distance d = wavelength - resonance, in nm. */
export function transmission(ring: Omit<Ring, 'Tfs'>, distance_nm: number): number {
  if (ring.response) return measuredTransmission(ring.response, ring.freeSpectralRange_nm, distance_nm);
  const sine = Math.sin((Math.PI * distance_nm) / ring.freeSpectralRange_nm);
  const excess = ring.finesseCoefficient * sine * sine;
  return (ring.Tmin + excess) / (1 + excess);
}

/** T(-delta): what rings with these detunings transmit of their own channels. */
export function ownTransmission(ring: Omit<Ring, 'Tfs'>, detuning_nm: Float64Array): Float64Array {
  return detuning_nm.map((delta) => transmission(ring, -delta));
}

/** dT/dd at a distance d, 1/nm: of the Airy form exactly, of a measured response over +-0.001 nm. */
export function transmissionSlope_per_nm(ring: Omit<Ring, 'Tfs'>, distance_nm: number): number {
  if (ring.response) return measuredSlope_per_nm(ring.response, ring.freeSpectralRange_nm, distance_nm);
  const phase = (Math.PI * distance_nm) / ring.freeSpectralRange_nm;
  const excess = ring.finesseCoefficient * Math.sin(phase) ** 2;
  const rate = (Math.PI / ring.freeSpectralRange_nm) * ring.finesseCoefficient * Math.sin(2 * phase);
  return ((1 - ring.Tmin) * rate) / (1 + excess) ** 2;
}

/** The smallest detuning >= 0 at which the ring itself transmits `t`, Tmin <= t < 1: T(-delta) = t. */
export function detuning_nm(ring: Ring, t: number): number {
  if (ring.response) return measuredDetuning_nm(ring.response, t);
  const ratio = (t - ring.Tmin) / (ring.finesseCoefficient * (1 - t));
  return (ring.freeSpectralRange_nm / Math.PI) * Math.asin(Math.sqrt(Math.min(Math.max(ratio, 0), 1)));
}

/** Own transmission of a CONV weight magnitude v in [0, 1]: the pedestal Tmin cancels between the rails. */
export function convTransmission(ring: Ring, v: number): number {
  return ring.Tmin + v * (ring.Tfs - ring.Tmin);
}

/** Own transmission of an FC activation, or of an offset weight, v in [0, 1]: one rail only, so no pedestal. */
export function fcTransmission(ring: Ring, v: number): number {
  return Math.max(ring.Tmin, v * ring.Tfs);
}

/**
 * Values that a DAC of `bits` bits, linear in detuning, can reach, by code: 0 at code 0, 1 at the last.
 * @param rails with one there is no pedestal to cancel: code 0 transmits Tmin / Tfs of full scale.
 */
export function detuningLinearLevels(ring: Ring, bits: number, rails: 1 | 2 = 2): Float64Array {
  const last = 2 ** bits - 1;
  const pedestal = rails === 2 ? ring.Tmin : 0;
  return Float64Array.from({ length: last + 1 }, (_, code) =>
    code === 0
      ? (ring.Tmin - pedestal) / (ring.Tfs - pedestal)
      : (transmission(ring, -(code * ring.fullScaleDetuning_nm) / last) - pedestal) / (ring.Tfs - pedestal),
  );
}
