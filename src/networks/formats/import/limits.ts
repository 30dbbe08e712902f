/** What an imported file may make us allocate, whatever it says. */

/** Numbers in all parameters of a network together; 1 GiB of float32. */
export const MAXIMUM_PARAMETERS = 2 ** 28;
export { MAXIMUM_ELEMENTS } from '../../shapes.js';
/** Numbers in all constants that are computed while loading (shape arithmetic, transposed weights). */
export const MAXIMUM_FOLDED = 2 ** 28;
/** Layers of a network. */
export const MAXIMUM_LAYERS = 20_000;
/** Axes of a tensor, batch excluded. */
export const MAXIMUM_RANK = 7;
/** Bytes of a text (JSON, YAML) that is parsed. */
export const MAXIMUM_TEXT_BYTES = 2 ** 26;
