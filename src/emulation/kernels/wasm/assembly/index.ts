/** The kernels as one module. Its memory is the host's: no data, no heap, no state between calls. */
export { convolve, im2col } from './conv';
export { holdDense, multiplyDense } from './dense';
export { fillNormals, fillWords, seedStream } from './philox';
export { quantise } from './quantise';
