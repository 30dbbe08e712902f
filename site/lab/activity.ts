/** What the page is busy with: one thing at a time, which the next one and every change of the state end. */

export class Activity {
  #active: AbortController | null = null;

  /** @param fail shows what went wrong. */
  constructor(readonly fail: (error: Error) => void) {}

  /** Ends what there is, and starts this. */
  async start(act: (signal: AbortSignal) => Promise<void>): Promise<void> {
    this.stop();
    const own = new AbortController();
    this.#active = own;
    try {
      await act(own.signal);
    } catch (error) {
      if (!own.signal.aborted) this.fail(error as Error);
    } finally {
      if (this.#active === own) this.#active = null;
    }
  }

  /** Whether there was something to end. */
  stop(): boolean {
    const was = this.#active !== null;
    this.#active?.abort();
    this.#active = null;
    return was;
  }
}
