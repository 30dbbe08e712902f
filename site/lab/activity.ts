/** What the page is busy with: one thing at a time, which the next one and every change of the state end. */
import { element, setText } from './dom.js';
import type { Progress } from './messages.js';

/** What takes less shows no bar: one that flashes tells nobody anything. */
const SHOWN_AFTER_ms = 400;

/** Elements where an activity says how far it is. */
export type StatusPlace = 'progress' | 'sweep-progress' | 'inside-result' | 'picture-result' | 'own-about';

export class Activity {
  #active: { readonly controller: AbortController; readonly place: StatusPlace } | null = null;
  #said = '';
  #timer: ReturnType<typeof setTimeout> | undefined;

  /** @param fail shows what went wrong. */
  constructor(readonly fail: (error: Error) => void) {}

  /**
   * Ends what there is, and starts this.
   * @param what it is, for people, until it says more.
   */
  async start(place: StatusPlace, what: string, act: (signal: AbortSignal) => Promise<void>): Promise<void> {
    this.end();
    const own = { controller: new AbortController(), place };
    this.#active = own;
    setText('error', '');
    this.say(what);
    this.#timer = setTimeout(() => element('busy').removeAttribute('hidden'), SHOWN_AFTER_ms);
    try {
      await act(own.controller.signal);
    } catch (error) {
      if (this.#active !== own) return;
      setText(place, 'failed');
      this.fail(error as Error);
    } finally {
      if (this.#active === own) this.end();
    }
  }

  /** Says how far it is, where the activity belongs and at the foot of the window. */
  say(text: string): void {
    if (!this.#active) return;
    this.#said = text;
    setText('busy-text', text);
    setText(this.#active.place, text);
  }

  /** Ends what there is without a word. */
  end(): void {
    const was = this.#active;
    this.#active = null;
    clearTimeout(this.#timer);
    element('busy').setAttribute('hidden', '');
    was?.controller.abort();
  }

  /** Ends what there is, and says so. @returns whether there was something */
  stop(): boolean {
    const was = this.#active;
    this.end();
    if (was) setText(was.place, `stopped: ${this.#said}`);
    return was !== null;
  }
}

/** A progress in words. */
export const progressText = ({ what, done, of }: Progress): string =>
  of > 1 ? `${what}: ${Math.round((100 * done) / of)} %` : what;
