/**
 * Whether all values of a network are numbers. A NaN or an infinity says nothing about the hardware: it would score as some
 * class or be clipped in silence, so it ends the run. Each layer's output is reduced on the device to one number an image,
 * and these are read once a batch.
 */
import { NetworkError } from '../base/errors.js';
import type { Tensor, Tf } from '../base/tensorflow/tf.js';
import type { ChangedWeights, DigitalNetwork, ForwardOptions } from './forward.js';
import type { Layer } from './types.js';

/** Activations that give a finite number for each finite one. */
const PASSING: ReadonlySet<string> = new Set(['relu', 'relu6', 'sigmoid', 'tanh', 'hardSigmoid', 'abs', 'erf']);

/** Layers whose output holds what their inputs hold, or less: nothing that is not finite begins here. */
function onlyPasses(layer: Layer): boolean {
  switch (layer.kind) {
    case 'flatten':
    case 'reshape':
    case 'transpose':
    case 'slice':
    case 'concat':
    case 'pad':
    case 'tile':
    case 'maximum':
    case 'minimum':
      return true;
    case 'activation':
      return PASSING.has(layer.function);
    case 'pool2d':
    case 'globalPool2d':
      return layer.mode === 'max';
    default:
      return false;
  }
}

/** Notes the layers' outputs of one batch, in their order. */
export interface FiniteWatch {
  /**
   * Notes the output [batch, ...] of a layer, or `input` [batch, ...] of the network; the tensor is left as it is.
   * @param finite whether each image's are, from who knows: nothing is reduced then. Where it rejects, that failure is another's.
   */
  see(layer: Layer | 'input', output: Tensor, finite?: Promise<readonly boolean[]>): void;
  /**
   * Reads what was noted.
   * @param images place of each image of the batch in its split, [batch].
   * @throws NetworkError naming the first layer that has something else than finite numbers, and the first such image.
   */
  check(images: ArrayLike<number>): Promise<void>;
  /** As `check`, on backends that can be read at once. */
  checkSync(images: ArrayLike<number>): void;
  /** Frees what is noted. */
  dispose(): void;
}

/** What is noted of an output: a number an image, or who will know. */
interface Seen {
  readonly name: string;
  readonly isInput: boolean;
  readonly sums?: Tensor;
  readonly finite?: Promise<readonly boolean[]>;
}

/** @param subject whose numbers they are, for the message: 'the digital network'. */
export function watchFinite(tf: Tf, subject: string): FiniteWatch {
  const seen: Seen[] = [];
  const reduced = () => seen.flatMap(({ sums }) => sums ?? []);
  const all = () => tf.tidy(() => tf.stack(reduced()));
  const judge = (values: ArrayLike<number>, known: readonly (readonly boolean[])[], images: ArrayLike<number>) => {
    let place = 0;
    seen.forEach(({ name, isInput, sums }, at) => {
      const first = sums ? place++ * images.length : 0;
      for (let i = 0; i < images.length; i++) {
        if (sums ? Number.isFinite(values[first + i]) : (known[at]![i] ?? true)) continue;
        const where = isInput ? "the network's input after preprocessing" : `the output of layer '${name}'`;
        throw new NetworkError(
          `${subject}: ${where} holds NaN or Infinity for image ${images[i]}: its numbers leave the range of ` +
            `float32 (3.4e38); check ${isInput ? 'the preprocessing' : 'the weights, batch-norms and preprocessing'}`,
        );
      }
    });
  };
  return {
    see(layer, output, finite) {
      if (layer !== 'input' && onlyPasses(layer)) return;
      const isInput = layer === 'input';
      const noted = { name: isInput ? 'input' : layer.name, isInput };
      if (finite) {
        seen.push({ ...noted, finite: finite.catch(() => []) });
        return;
      }
      const sums = tf.tidy(() => {
        // 0 for a finite number, NaN otherwise, whatever the size: a sum of the values themselves may overflow.
        const zeros = tf.mul(output, 0);
        return tf.keep(tf.sum(tf.reshape(zeros, [output.shape[0]!, -1]), 1));
      });
      seen.push({ ...noted, sums });
    },
    async check(images) {
      const known = await Promise.all(seen.map(async ({ finite }) => (await finite) ?? []));
      if (reduced().length === 0) {
        judge([], known, images);
        return;
      }
      const sums = all();
      const values = await sums.data();
      sums.dispose();
      judge(values, known, images);
    },
    checkSync(images) {
      if (seen.length === 0) return;
      const sums = all();
      const values = sums.dataSync();
      sums.dispose();
      judge(values, [], images);
    },
    dispose() {
      for (const { sums } of seen.splice(0)) sums?.dispose();
    },
  };
}

/** What every message on float32 without hardware calls it. */
const DIGITAL = 'the digital network';

/**
 * Logits [batch, classes] of the digital network, all of whose values are finite.
 * @param images place of each image of the batch in its split, [batch].
 * @throws NetworkError as `FiniteWatch.check`.
 */
export async function forwardFinite(
  tf: Tf,
  digital: DigitalNetwork,
  input: Tensor,
  images: ArrayLike<number>,
): Promise<Tensor> {
  const watch = watchFinite(tf, DIGITAL);
  let logits: Tensor | null = null;
  try {
    watch.see('input', input);
    logits = digital.forward(input, { onLayer: (layer, _, output) => watch.see(layer, output) });
    await watch.check(images);
    return logits;
  } catch (error) {
    logits?.dispose();
    throw error;
  } finally {
    watch.dispose();
  }
}

/** As `forwardFinite` for callers that look into layers on a backend that can be read at once. */
export function forwardFiniteSync(
  tf: Tf,
  digital: DigitalNetwork,
  input: Tensor,
  images: ArrayLike<number>,
  { onLayer }: ForwardOptions,
): void {
  const watch = watchFinite(tf, DIGITAL);
  try {
    watch.see('input', input);
    const logits = digital.forward(input, {
      onLayer: (layer, inputs, output) => {
        watch.see(layer, output);
        onLayer?.(layer, inputs, output);
      },
    });
    logits.dispose();
    watch.checkSync(images);
  } finally {
    watch.dispose();
  }
}

/**
 * Logits [batch, classes] with other weights in some layers, one array for each set of weights, on a backend that can be read
 * at once.
 * @param images place of each image of the batch in its split, [batch].
 * @throws NetworkError as `FiniteWatch.check`.
 */
export function forwardVariantsFinite(
  tf: Tf,
  digital: DigitalNetwork,
  input: Tensor,
  images: ArrayLike<number>,
  sets: readonly ChangedWeights[],
): Float32Array[] {
  const watch = watchFinite(tf, DIGITAL);
  const logits: Float32Array[] = [];
  try {
    watch.see('input', input);
    digital.forwardVariants(input, sets, {
      onLayer: (layer, _, output) => watch.see(layer, output),
      onLogits: (_, output) => {
        watch.checkSync(images);
        watch.dispose();
        logits.push(output.dataSync() as Float32Array);
      },
    });
    return logits;
  } finally {
    watch.dispose();
  }
}
