/** Which format a file is, by its content; its name only settles what the content leaves open. */
import { latin1Of } from '../../base/bytes.js';
import { FormatError } from '../../base/errors.js';
import { isHdf5, isPickle, isTflite, isZip, KERAS_CONFIG, KERAS_WEIGHTS, TORCH_PICKLE } from './signatures.js';

export const FORMATS = {
  safetensors: 'safetensors',
  onnx: 'ONNX',
  kerasHdf5: 'Keras HDF5',
  kerasArchive: 'Keras 3 archive',
  tfjs: 'TensorFlow.js',
  tflite: 'TensorFlow Lite',
  pytorch: 'PyTorch state_dict',
} as const;

export type FormatName = keyof typeof FORMATS;

/** What to do with formats that are known and not read. */
const ADVICE: readonly { readonly test: (bytes: Uint8Array, path: string) => boolean; readonly what: string }[] = [
  {
    test: (_, path) => /\.pb$/i.test(path),
    what: 'a TensorFlow SavedModel or frozen graph, for which there is no well-kept reader outside TensorFlow; convert it with tensorflowjs_converter or tf2onnx',
  },
  {
    test: (bytes) => latin1Of(bytes.subarray(0, 6)) === '\x93NUMPY',
    what: 'a numpy array; save the whole network as safetensors or ONNX',
  },
  {
    test: (bytes) => latin1Of(bytes.subarray(257, 262)) === 'ustar',
    what: 'a tar archive (or a PyTorch file from before 2017); save the state_dict again with torch.save',
  },
];

const JSON_SPACE = [0x20, 0x09, 0x0a, 0x0d];

function firstCharacter(bytes: Uint8Array): string {
  // A byte order mark and white space may come first.
  let at = bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf ? 3 : 0;
  while (at < Math.min(bytes.length, 4096) && JSON_SPACE.includes(bytes[at]!)) at++;
  return String.fromCharCode(bytes[at] ?? 0);
}

/** Whether a safetensors header could begin here: a length that leaves its upper half zero, and a JSON object. */
function isSafetensors(bytes: Uint8Array): boolean {
  return bytes.length > 8 && bytes[8] === 0x7b && bytes[7] === 0 && bytes[6] === 0 && bytes[5] === 0 && bytes[4] === 0;
}

/** ir_version, the first field of every ONNX model. */
const isOnnx = (bytes: Uint8Array) => bytes[0] === 0x08 && bytes[1]! >= 1 && bytes[1]! < 0x20;

async function archiveFormat(bytes: Uint8Array, path: string): Promise<FormatName> {
  const { ZipArchive, zipBytes } = await import('../../base/zip.js');
  const names = new ZipArchive(zipBytes(bytes), path).names();
  if (names.includes(KERAS_CONFIG) && names.includes(KERAS_WEIGHTS)) return 'kerasArchive';
  if (names.some((name) => TORCH_PICKLE.test(name))) return 'pytorch';
  throw new FormatError(
    `${path}: a zip archive that is neither of Keras nor of PyTorch; unpack it and name the checkpoint in it`,
  );
}

/**
 * The format of a file.
 * @throws FormatError saying what can be read, or what to do with a format that is known and not read
 */
export async function detectFormat(bytes: Uint8Array, path: string): Promise<FormatName> {
  if (isHdf5(bytes)) return 'kerasHdf5';
  if (isZip(bytes)) return archiveFormat(bytes, path);
  if (isTflite(bytes)) return 'tflite';
  if (isPickle(bytes)) return 'pytorch';
  const known = ADVICE.find(({ test }) => test(bytes, path));
  if (known) throw new FormatError(`${path}: this is ${known.what}`);
  if (isSafetensors(bytes)) return 'safetensors';
  if (firstCharacter(bytes) === '{') return 'tfjs';
  if (isOnnx(bytes)) return 'onnx';
  // What is damaged from its first byte on is reported by the reader its name asks for.
  const byName: readonly [RegExp, FormatName][] = [
    [/\.safetensors$/i, 'safetensors'],
    [/\.onnx$/i, 'onnx'],
    [/\.(h5|hdf5)$/i, 'kerasHdf5'],
    [/\.json$/i, 'tfjs'],
    [/\.tflite$/i, 'tflite'],
    [/\.(pt|pth|th)$/i, 'pytorch'],
  ];
  const named = byName.find(([pattern]) => pattern.test(path));
  if (named) return named[1];
  throw new FormatError(
    `${path}: the file begins like no format that can be read: ${Object.values(FORMATS).join(', ')}; name a checkpoint of one of these`,
  );
}
