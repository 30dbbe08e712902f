/**
 * Gradient kernels for TensorFlow.js's WebAssembly backend, composed of kernels that it has. It lacks the gradient of a
 * convolution with respect to its kernel; and its gradient of a max pool is wrong where no element of a window is
 * positive (its search for the maximum starts from the smallest positive number).
 */

import type { Tensor, Tensor4D, Tf } from '../base/tensorflow/tf.js';
import { LOWEST_FLOAT32 } from '../networks/runPool2d.js';

type PoolPad = 'same' | 'valid' | number;
type Rounding = 'floor' | 'round' | 'ceil';

interface FilterGradientAttributes {
  readonly strides: [number, number] | number;
  readonly pad: PoolPad;
  readonly dataFormat: 'NHWC';
  readonly dimRoundingMode?: Rounding;
  readonly filterShape: [number, number, number, number];
}

interface MaxPoolAttributes {
  readonly filterSize: [number, number] | number;
  readonly strides: [number, number] | number;
  readonly pad: PoolPad;
  readonly dimRoundingMode?: Rounding;
}

/** Pads rows and columns only. */
function padImage(tf: Tf, x: Tensor4D, rows: [number, number], columns: [number, number], value = 0): Tensor4D {
  return tf.pad4d(x, [[0, 0], rows, columns, [0, 0]], value);
}

/**
 * Gradient with respect to the kernel [rows, columns, channels, filters], of the input x [batch, ...] and the output's
 * gradient dy [batch, ...]: dW[r, c, i, f] = sum over batch and positions of x[n, s p + r, s q + c, i] dy[n, p, q, f].
 * With x as [i, rows, columns, n] and dy as a kernel [p, q, n, f] dilated by s it is an ordinary convolution.
 */
export function composedFilterGradient(
  tf: Tf,
  x: Tensor4D,
  dy: Tensor4D,
  { strides, pad, dimRoundingMode, filterShape }: FilterGradientAttributes,
): Tensor4D {
  const info = tf.backend_util.computeConv2DInfo(x.shape, filterShape, strides, 1, pad, dimRoundingMode, false);
  const { top, bottom, left, right } = info.padInfo;
  return tf.tidy(() => {
    const image = tf.transpose(padImage(tf, x, [top, bottom], [left, right]), [3, 1, 2, 0]);
    const kernel = tf.transpose(dy, [1, 2, 0, 3]);
    const product = tf.conv2d(image, kernel, 1, 'valid', 'NHWC', [info.strideHeight, info.strideWidth]);
    // Where the stride leaves rows or columns at the end unread, there are more positions than the kernel has taps.
    const gradient = tf.slice4d(product, [0, 0, 0, 0], [-1, filterShape[0], filterShape[1], -1]);
    return tf.transpose(gradient, [1, 2, 0, 3]);
  });
}

/** x [n, rows, columns, channels] with stride - 1 zeros after each row and column. */
function spread(tf: Tf, x: Tensor4D, down: number, across: number): Tensor4D {
  const [n, rows, columns, channels] = x.shape;
  const after = (zeros: number): [number, number][] => [
    [0, 0],
    [0, zeros],
    [0, 0],
  ];
  const tall = tf.pad(tf.reshape(x, [n * rows, 1, columns * channels]), after(down - 1));
  const wide = tf.pad(tf.reshape(tall, [n * rows * down * columns, 1, channels]), after(across - 1));
  return tf.reshape(wide, [n, rows * down, columns * across, channels]);
}

/**
 * Gradient of a max pool with respect to its input x, of its output y and the output's gradient dy, all [batch, rows,
 * columns, channels]: dy goes to the first largest element of each window, row by row.
 */
function composedMaxPoolGradient(
  tf: Tf,
  x: Tensor4D,
  y: Tensor4D,
  dy: Tensor4D,
  { filterSize, strides, pad, dimRoundingMode }: MaxPoolAttributes,
): Tensor4D {
  const info = tf.backend_util.computePool2DInfo(x.shape, filterSize, strides, 1, pad, dimRoundingMode);
  const { filterHeight, filterWidth, strideHeight, strideWidth, outHeight, outWidth, inHeight, inWidth } = info;
  const { top, left } = info.padInfo;
  // What the windows reach over, and what the input covers: where one is smaller, zeros or a cut make up for it.
  const rows = Math.max((outHeight - 1) * strideHeight + filterHeight, top + inHeight);
  const columns = Math.max((outWidth - 1) * strideWidth + filterWidth, left + inWidth);
  const [reachedRows, reachedColumns] = [(outHeight - 1) * strideHeight + 1, (outWidth - 1) * strideWidth + 1];
  return tf.tidy(() => {
    const padded = padImage(tf, x, [top, rows - top - inHeight], [left, columns - left - inWidth], LOWEST_FLOAT32);
    let open: Tensor = tf.onesLike(y);
    let gradient: Tensor = tf.zerosLike(padded);
    for (let r = 0; r < filterHeight; r++) {
      for (let c = 0; c < filterWidth; c++) {
        const end = [x.shape[0], r + reachedRows, c + reachedColumns, x.shape[3]];
        const tap = tf.stridedSlice(padded, [0, r, c, 0], end, [1, strideHeight, strideWidth, 1]);
        const taken = tf.mul(tf.cast(tf.equal(tap, y), 'float32'), open);
        open = tf.sub(open, taken);
        const part = tf.slice4d(
          spread(tf, tf.mul(taken, dy) as Tensor4D, strideHeight, strideWidth),
          [0, 0, 0, 0],
          [-1, reachedRows, reachedColumns, -1],
        );
        const placed = padImage(tf, part, [r, rows - r - reachedRows], [c, columns - c - reachedColumns]);
        gradient = tf.add(gradient, placed);
      }
    }
    return tf.slice4d(gradient as Tensor4D, [0, top, left, 0], [-1, inHeight, inWidth, -1]);
  });
}

/** Registers both kernels with the backend `wasm`, once a process. */
export function registerWasmGradients(tf: Tf): void {
  if (tf.getKernel('Conv2DBackpropFilter', 'wasm')) return;
  // The engine hands kernels the tensors themselves, not only what TensorInfo promises.
  tf.registerKernel({
    kernelName: 'Conv2DBackpropFilter',
    backendName: 'wasm',
    kernelFunc: ({ inputs, attrs }) =>
      composedFilterGradient(
        tf,
        inputs['x'] as Tensor4D,
        inputs['dy'] as Tensor4D,
        attrs as unknown as FilterGradientAttributes,
      ),
  });
  tf.unregisterKernel('MaxPoolGrad', 'wasm');
  tf.registerKernel({
    kernelName: 'MaxPoolGrad',
    backendName: 'wasm',
    kernelFunc: ({ inputs, attrs }) =>
      composedMaxPoolGradient(
        tf,
        inputs['input'] as Tensor4D,
        inputs['output'] as Tensor4D,
        inputs['dy'] as Tensor4D,
        attrs as unknown as MaxPoolAttributes,
      ),
  });
}
