/** How the files of some formats begin; kept apart from their readers, so that telling formats apart loads none of them. */

const HDF5 = [0x89, 0x48, 0x44, 0x46, 0x0d, 0x0a, 0x1a, 0x0a];
/** End-of-directory record, the least that an archive holds. */
const LEAST_ZIP_BYTES = 22;

/** Whether bytes begin as an HDF5 file does. */
export function isHdf5(bytes: Uint8Array): boolean {
  return HDF5.every((byte, i) => bytes[i] === byte);
}

/** Whether bytes begin as a zip archive with a member does. */
export function isZip(bytes: Uint8Array): boolean {
  return bytes.length >= LEAST_ZIP_BYTES && bytes[0] === 0x50 && bytes[1] === 0x4b && bytes[2] === 3 && bytes[3] === 4;
}

/** Whether bytes begin as a pickle of protocol 2 or later does. */
export function isPickle(bytes: Uint8Array): boolean {
  return bytes[0] === 0x80 && bytes[1]! >= 2 && bytes[1]! <= 5;
}

/** Whether bytes have the identifier of a TensorFlow Lite model, behind the four that say where its root lies. */
export function isTflite(bytes: Uint8Array): boolean {
  return bytes[4] === 0x54 && bytes[5] === 0x46 && bytes[6] === 0x4c && bytes[7] === 0x33;
}

/** Members of Keras 3's archives. */
export const KERAS_CONFIG = 'config.json';
export const KERAS_WEIGHTS = 'model.weights.h5';
/** The pickle in an archive of torch.save. */
export const TORCH_PICKLE = /^(.*\/)?data\.pkl$/;
