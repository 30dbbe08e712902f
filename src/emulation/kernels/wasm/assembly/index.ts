/** The kernels as one module. Its memory is the host's: no data, no heap, no state between calls. */
export { convolve } from './conv';
export { holdRows } from './convHold';
export { holdDense, multiplyDense } from './dense';
export { im2col } from './im2col';
export { fillNormals, fillWords, seedStream } from './philox';
export { quantise } from './quantise';
