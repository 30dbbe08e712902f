/** Extents of the last program that was measured, for layers of the next one that have not changed in what they depend on. */
import { bytesOf, sameBits } from '../../base/sameBits.js';
import type { MagnitudeCounts } from '../kernels/magnitudes.js';
import type { MacProgram } from '../program/types.js';
import type { ImageRange } from './inputs.js';

/** Of one layer on some images. Plain data. */
export interface LayerExtents {
  readonly maximumAbsoluteU: number;
  /** Largest noise variance, without converter noise. */
  readonly maximumVariance: number;
  /** Absent where magnitudes are not counted. */
  readonly magnitudes?: MagnitudeCounts | undefined;
}

/** Layers are kept up to this, the first ones first. */
const KEPT_BYTES = 2 ** 26;

/** Answers of a layer that are kept: counts of a quantile are some 100 KB each. */
const MOST_ANSWERS = 4;

/** What of some images is counted: nothing if `upper` is undefined. */
export interface ExtentQuestion {
  readonly images: ImageRange;
  readonly upper: MagnitudeCounts['upper'] | undefined;
}

const keyOf = ({ images, upper }: ExtentQuestion) => `${images.first}-${images.end} ${upper}`;

/** All that extents can depend on: of the ADC only the step is read, in which kernels reckon. */
const readOf = ({ adc, ...layer }: MacProgram) => ({ ...layer, step: adc.step });

interface Known {
  readonly layer: ReturnType<typeof readOf>;
  readonly bytes: number;
  readonly answers: Map<string, LayerExtents>;
}

/** On the inputs of one calibration. */
export class ExtentMemory {
  readonly #known = new Map<number, Known>();

  /** @param layer as it is measured, without converter noise. */
  recall(layer: MacProgram, question: ExtentQuestion): LayerExtents | null {
    const known = this.#known.get(layer.layerIndex);
    const answer = known?.answers.get(keyOf(question));
    return answer && sameBits(known!.layer, readOf(layer)) ? answer : null;
  }

  /** Keeps an answer; those of the layer as it was are forgotten. */
  keep(layer: MacProgram, question: ExtentQuestion, answer: LayerExtents): void {
    const own = readOf(layer);
    const known = this.#known.get(layer.layerIndex);
    if (known && sameBits(known.layer, own)) {
      if (known.answers.size >= MOST_ANSWERS) known.answers.clear();
      known.answers.set(keyOf(question), answer);
      return;
    }
    this.#known.delete(layer.layerIndex);
    const bytes = bytesOf(own);
    const kept = [...this.#known.values()].reduce((sum, other) => sum + other.bytes, 0);
    if (kept + bytes > KEPT_BYTES) return;
    this.#known.set(layer.layerIndex, { layer: own, bytes, answers: new Map([[keyOf(question), answer]]) });
  }
}
