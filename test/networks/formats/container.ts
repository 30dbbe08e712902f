/** A safetensors file put together by hand from the public description, without the code under test. */

/** Length, header text, data. */
export function container(
  header: string | Uint8Array,
  data: Uint8Array = new Uint8Array(),
  length?: bigint,
): Uint8Array {
  const text = typeof header === 'string' ? Buffer.from(header, 'utf8') : header;
  const prefix = Buffer.alloc(8);
  prefix.writeBigUInt64LE(length ?? BigInt(text.length));
  return new Uint8Array(Buffer.concat([prefix, text, data]));
}

/** The header of a file and the rest, read back by hand. */
export function split(file: Uint8Array): { header: Record<string, unknown>; headerBytes: number; data: Uint8Array } {
  const headerBytes = Number(Buffer.from(file).readBigUInt64LE(0));
  const header = JSON.parse(Buffer.from(file.subarray(8, 8 + headerBytes)).toString('utf8'));
  return { header, headerBytes, data: file.subarray(8 + headerBytes) };
}

/** Little-endian float32. */
export function float32(...values: number[]): Uint8Array {
  const bytes = Buffer.alloc(4 * values.length);
  for (const [i, value] of values.entries()) bytes.writeFloatLE(value, 4 * i);
  return new Uint8Array(bytes);
}
