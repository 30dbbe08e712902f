/** Typed arrays in shared memory, so that all threads work on one copy of a program. */

type TypedArray = Float32Array | Float64Array | Int32Array | Uint8Array | Uint16Array;

function shareArray<T extends TypedArray>(array: T): T {
  if (array.buffer instanceof SharedArrayBuffer) return array;
  // Bytes that were read from a file are a Buffer, whose constructor is deprecated.
  const Type = (array instanceof Uint8Array ? Uint8Array : array.constructor) as new (buffer: SharedArrayBuffer) => T;
  const shared = new Type(new SharedArrayBuffer(array.byteLength));
  shared.set(array as never);
  return shared;
}

/** A copy of plain data in which every typed array lies in shared memory. */
export function toShared<T>(value: T): T {
  if (ArrayBuffer.isView(value)) return shareArray(value as unknown as TypedArray) as T;
  if (Array.isArray(value)) return value.map(toShared) as T;
  if (typeof value === 'object' && value !== null) {
    return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, toShared(inner)])) as T;
  }
  return value;
}
