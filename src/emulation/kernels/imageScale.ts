/** S_x where every image has its own: calibration.activationScale `perImage` (docs/physics.md). */
import { NetworkError } from '../../base/errors.js';
import type { ActivationDac, MacProgram } from '../program/types.js';

type Scaled = Pick<MacProgram, 'activationDac' | 'activationScale' | 'scaling'> & { readonly name?: string };

/** Smallest normal float32 and what lies beyond all of them. */
const [LEAST, BEYOND] = [2 ** -126, 2 ** 128];

/**
 * S_x of an image: its largest magnitude; 0 where all is 0.
 * @throws NetworkError where codes over it are beyond single precision.
 */
export function scaleOfImage({ name, activationDac }: Scaled, x: Float32Array): number {
  let largest = 0;
  for (const value of x) largest = Math.max(largest, Math.abs(value));
  const codes = activationDac.maximumCode / largest;
  if (largest === 0 || Number.isNaN(largest)) return 0;
  if (largest >= LEAST && largest < BEYOND && codes >= LEAST && codes < BEYOND) return largest;
  throw new NetworkError(
    `${name === undefined ? '' : `layer '${name}': `}the largest input of an image is ${largest.toPrecision(4)}, and is its scale with calibration.activationScale ` +
      'perImage: beyond what single precision holds in codes; scale what comes before the layer, or use activationScale calibrated',
  );
}

/** The program as it is for one image: its own scale, where every image has one (1 where all of it is 0). */
export function ofImage<P extends Scaled>(program: P, x: Float32Array): P {
  if (program.scaling === undefined) return program;
  const activationScale = scaleOfImage(program, x) || 1;
  const { maximumCode } = program.activationDac;
  const activationDac: ActivationDac = {
    ...program.activationDac,
    codeScale: Math.fround(maximumCode / activationScale),
  };
  return { ...program, activationScale, activationDac };
}
