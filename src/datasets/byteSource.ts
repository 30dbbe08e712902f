/** Bytes of a stream taken piece by piece, with their offset, so that a reader's memory does not grow with the file. */
import { FormatError } from '../base/errors.js';

/** Largest piece that `take` collects. */
const MAXIMUM_TAKE = 1 << 16;

export class ByteSource {
  /** Bytes taken so far. */
  offset = 0;
  private readonly chunks: AsyncIterator<Uint8Array>;
  private rest: Uint8Array = new Uint8Array(0);

  /** @param place names the stream in errors */
  constructor(
    chunks: AsyncIterable<Uint8Array>,
    readonly place: string,
  ) {
    this.chunks = chunks[Symbol.asyncIterator]();
  }

  /** Whether nothing is left. */
  async atEnd(): Promise<boolean> {
    while (this.rest.length === 0) {
      const { done, value } = await this.chunks.next();
      if (done) return true;
      this.rest = value;
    }
    return false;
  }

  /** The next `count` bytes in the chunks they come in. @throws FormatError where the stream ends before */
  async *pieces(count: number, what: string): AsyncGenerator<Uint8Array> {
    let left = count;
    while (left > 0) {
      if (await this.atEnd()) {
        throw new FormatError(
          `${this.place}: ends at offset ${this.offset}, ${left} bytes short of ${what}; the file is truncated, fetch it again`,
        );
      }
      const piece = this.rest.subarray(0, left);
      this.rest = this.rest.subarray(piece.length);
      this.offset += piece.length;
      left -= piece.length;
      yield piece;
    }
  }

  /** Hands the next `count` bytes to `sink`, or passes over them. */
  async pass(count: number, what: string, sink?: (piece: Uint8Array) => unknown): Promise<void> {
    for await (const piece of this.pieces(count, what)) sink?.(piece);
  }

  /** The next `count` bytes, few of them. */
  async take(count: number, what: string): Promise<Uint8Array> {
    if (count > MAXIMUM_TAKE) {
      throw new FormatError(
        `${this.place}: offset ${this.offset} announces ${count} bytes for ${what}, at most ${MAXIMUM_TAKE} make sense; the file is damaged, fetch it again`,
      );
    }
    const bytes = new Uint8Array(count);
    let filled = 0;
    await this.pass(count, what, (piece) => {
      bytes.set(piece, filled);
      filled += piece.length;
    });
    return bytes;
  }
}
