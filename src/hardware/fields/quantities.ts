/** Kinds of quantity that the fields of a description are of, and their bounds. */
import { z } from 'zod';

export const bits = (max = 24) => z.int().min(1).max(max);
/** Bounds are far outside what can be built; the reason of each is in its field's description or here. */
export const between = (least: number, most: number) => z.number().min(least).max(most);
export const share = () => z.number().positive().max(1);
/** Up to a second: no part of a chip takes longer. */
export const time_ns = (least = 0) => between(least, 1e9);
/** Up to a kilowatt, which melts the chip. */
export const power_mW = () => between(0, 1e6);
/** Up to 300 dB, which leaves no photon of a kilowatt in a day. */
export const loss_dB = () => between(0, 300);
/** A tenth of a millimetre: no shift of a resonance is wider than the light's wavelength. */
export const shift_nm = () => between(0, 1e5);
/** The shortest time that anything is sampled in: less than a period of the light. */
export const SHORTEST_NS = 1e-6;
export const count = (max: number) => z.int().min(1).max(max);
