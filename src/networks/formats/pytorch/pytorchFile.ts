/** PyTorch's files: the zip archives of torch.save since 1.6, and the row of pickles before. */
import { latin1Of } from '../../../base/bytes.js';
import { FormatError } from '../../../base/errors.js';
import { printable } from '../../../base/text/printable.js';
import { ZipArchive, zipBytes } from '../../../base/zip.js';
import { DTYPE_BYTES } from '../dtypes.js';
import type { Constant } from '../import/constant.js';
import { MAXIMUM_PARAMETERS, MAXIMUM_TEXT_BYTES } from '../import/limits.js';
import { TORCH_PICKLE as DATA, isZip } from '../signatures.js';
import { findStateDict, type StateDict } from './stateDict.js';
import { readTensor, type Storage, spanOf, storageOf, torchAdvice, torchGlobals } from './tensors.js';
import { PyDict, unpickle } from './unpickler.js';

const MAGIC = 0x1950a86a20f9469cfc6cn;
const PROTOCOL = 1001;

interface StorageBytes {
  readonly data: Uint8Array;
  readonly offset: number;
}

/** The tensors of a state_dict, and what was chosen among several. */
export interface TorchFile {
  readonly tensors: ReadonlyMap<string, Constant>;
  readonly notes: readonly string[];
}

/** Reads every tensor; the values of all together are bounded. */
function readAll({ tensors, notes }: StateDict, bytesOf: (storage: Storage) => StorageBytes, place: string): TorchFile {
  let total = 0;
  const read = new Map(
    tensors.map(([name, tensor]) => {
      total += spanOf(tensor);
      if (total > MAXIMUM_PARAMETERS)
        throw new FormatError(
          `${place}: tensor '${printable(name)}' brings the numbers to more than ${MAXIMUM_PARAMETERS}`,
        );
      const { data, offset } = bytesOf(tensor.storage);
      return [name, readTensor(tensor, data, offset, place)];
    }),
  );
  return { tensors: read, notes };
}

function readArchive(archive: ZipArchive, key: string | undefined, place: string): TorchFile {
  const pickleName = archive.names().find((name) => DATA.test(name));
  if (pickleName === undefined)
    throw new FormatError(`${place}: the archive holds no data.pkl; it is none of torch.save`);
  const folder = pickleName.slice(0, -'data.pkl'.length);
  const order = archive.read(`${folder}byteorder`, 1024);
  if (order && latin1Of(order.content).trim() !== 'little')
    throw new FormatError(`${place}: the values are big-endian; save the file on a common machine`);
  const pickle = archive.read(pickleName, MAXIMUM_TEXT_BYTES)!;
  const { value } = unpickle(pickle.content, {
    place,
    base: pickle.offset,
    globals: torchGlobals(place),
    advice: torchAdvice,
    persistent: (id, at) => storageOf(id, place, at),
  });
  const read = new Map<string, StorageBytes>();
  const bytesOf = ({ key: storageKey }: Storage): StorageBytes => {
    const name = `${folder}data/${storageKey}`;
    const known = read.get(name);
    if (known) return known;
    const member = archive.read(name);
    if (!member) throw new FormatError(`${place}: the archive holds no '${printable(name)}'; the file is damaged`);
    const bytes = { data: member.content, offset: member.offset };
    read.set(name, bytes);
    return bytes;
  };
  return readAll(findStateDict(value, key, place), bytesOf, place);
}

/** Five pickles (magic number, version, system, value, order of the storages), then the storages. */
function readLegacy(bytes: Uint8Array, key: string | undefined, place: string): TorchFile {
  let at = 0;
  const storages = new Map<string, Storage>();
  const next = (): unknown => {
    const { value, end } = unpickle(bytes.subarray(at), {
      place,
      base: at,
      globals: torchGlobals(place),
      advice: torchAdvice,
      persistent: (id, where) => {
        const storage = storageOf(id, place, where);
        storages.set(storage.key, storage);
        return storage;
      },
    });
    at += end;
    return value;
  };
  const refuse = (offset: number, problem: string) => new FormatError(`${place}: offset ${offset}: ${problem}`);
  const magic = next();
  if (magic !== MAGIC)
    throw refuse(0, 'this is a pickle, but none of torch.save; save model.state_dict() with torch.save');
  const version = next();
  if (version !== PROTOCOL) throw refuse(at, `version ${printable(String(version))} of torch.save is not known`);
  const system = next();
  if (!(system instanceof PyDict) || system.entries.get('little_endian') !== true)
    throw refuse(at, 'the values are big-endian; save the file on a common machine');
  const value = next();
  const keys = next();
  if (!Array.isArray(keys) || keys.length > 1_000_000)
    throw refuse(at, 'the list of storages is missing; the file is damaged');
  const places = new Map<string, StorageBytes>();
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  for (const name of keys as unknown[]) {
    const storage = typeof name === 'string' ? storages.get(name) : undefined;
    if (!storage) throw refuse(at, 'a storage is announced that no tensor uses; the file is damaged');
    if (at + 8 > bytes.length) throw refuse(at, 'the file is truncated');
    const count = view.getBigUint64(at, true);
    const size = storage.count * DTYPE_BYTES[storage.dtype];
    if (count !== BigInt(storage.count))
      throw refuse(at, `a storage has ${count} numbers, ${storage.count} are announced; the file is damaged`);
    if (at + 8 + size > bytes.length)
      throw refuse(at, `a storage of ${size} bytes, ${bytes.length - at - 8} are left; the file is truncated`);
    places.set(storage.key, { data: bytes.subarray(at + 8, at + 8 + size), offset: at + 8 });
    at += 8 + size;
  }
  if (at !== bytes.length) throw refuse(at, `${bytes.length - at} bytes too many; the file is damaged`);
  const bytesOf = ({ key: name }: Storage): StorageBytes => {
    const found = places.get(name);
    if (!found) throw refuse(at, `the storage '${printable(name)}' is missing; the file is damaged`);
    return found;
  };
  return readAll(findStateDict(value, key, place), bytesOf, place);
}

/**
 * The tensors of a state_dict, by name, in PyTorch's own layout.
 * @param key path of the state_dict where the file holds several
 * @throws FormatError naming file and offset; a pickle that calls anything but what makes tensors is refused by name
 */
export function readTorchFile(bytes: Uint8Array, place: string, key?: string): TorchFile {
  return isZip(bytes) ? readArchive(new ZipArchive(zipBytes(bytes), place), key, place) : readLegacy(bytes, key, place);
}
