/** What one input may make us hold in memory altogether. */
import type { SonicErrorClass } from '../errors.js';

/** All members, fields or tensors of an input draw on one budget: a thousand small ones are as much as one large. */
export class MemoryBudget {
  private used_bytes = 0;

  constructor(
    readonly maximum_bytes: number,
    private readonly ErrorClass: SonicErrorClass,
  ) {}

  get left_bytes(): number {
    return this.maximum_bytes - this.used_bytes;
  }

  /**
   * Call before the allocation.
   * @param place file and place, for the message.
   * @param what what is to be held: "'weights.h5'".
   * @throws ErrorClass where there is not so much left.
   */
  take(bytes: number, place: string, what: string): void {
    if (!(bytes <= this.left_bytes)) {
      throw new this.ErrorClass(
        `${place}: with ${bytes} bytes of ${what} the file holds more than ${this.maximum_bytes} bytes altogether; the file is damaged, or too large for this program`,
      );
    }
    this.used_bytes += bytes;
  }
}
