/** Pickles for tests, written byte by byte after Python's pickletools. */

export const bytes = (...parts: (string | number | Uint8Array)[]): Uint8Array =>
  new Uint8Array(
    Buffer.concat(
      parts.map((part) =>
        typeof part === 'number' ? Uint8Array.of(part) : typeof part === 'string' ? Buffer.from(part, 'latin1') : part,
      ),
    ),
  );

const u32 = (value: number) => {
  const out = new Uint8Array(4);
  new DataView(out.buffer).setUint32(0, value, true);
  return out;
};

export const PROTO = bytes(0x80, 2);
export const text = (value: string) => bytes('X', u32(Buffer.byteLength(value)), Buffer.from(value, 'utf8'));
export const int = (value: number) => bytes('J', u32(value));
export const tuple = (...items: Uint8Array[]) => bytes('(', ...items, 't');
export const global = (module: string, name: string) => bytes('c', module, '\n', name, '\n');
export const call = (callable: Uint8Array, args: Uint8Array) => bytes(callable, args, 'R');
export const persistent = (id: Uint8Array) => bytes(id, 'Q');
export const dict = (...pairs: [Uint8Array, Uint8Array][]) => bytes('}', '(', ...pairs.flat(), 'u');
export const ordered = (...pairs: [Uint8Array, Uint8Array][]) =>
  bytes(call(global('collections', 'OrderedDict'), bytes(')')), '(', ...pairs.flat(), 'u');

export const storage = (key: string, count: number, kind = 'FloatStorage') =>
  persistent(tuple(text('storage'), global('torch', kind), text(key), text('cpu'), int(count), bytes('N')));
export const tensor = (held: Uint8Array, offset: number, shape: number[], strides: number[]) =>
  call(
    global('torch._utils', '_rebuild_tensor'),
    tuple(held, int(offset), tuple(...shape.map(int)), tuple(...strides.map(int))),
  );

const MAGIC = bytes(PROTO, 0x8a, 10, 0x6c, 0xfc, 0x9c, 0x46, 0xf9, 0x20, 0x6a, 0xa8, 0x50, 0x19, '.');

/** A file of torch.save before 1.6. */
export function legacyFile(value: Uint8Array, storages: Readonly<Record<string, Float32Array>>): Uint8Array {
  const pickle = (content: Uint8Array) => bytes(PROTO, content, '.');
  const keys = Object.keys(storages);
  const raw = Object.values(storages).flatMap((values) => {
    const count = new Uint8Array(8);
    new DataView(count.buffer).setBigUint64(0, BigInt(values.length), true);
    return [count, new Uint8Array(values.buffer, values.byteOffset, values.byteLength)];
  });
  return bytes(
    MAGIC,
    pickle(bytes('M', 0xe9, 0x03)),
    pickle(dict([text('little_endian'), bytes(0x88)])),
    pickle(value),
    pickle(bytes(']', '(', ...keys.map(text), 'e')),
    ...raw,
  );
}
