/** The last few values by key, each made once; what could not be made is tried again by whoever asks next. */
export class Recent<T> {
  readonly #values = new Map<string, Promise<T>>();

  /**
   * @param size values that are kept.
   * @param release is given values that are not kept any more.
   */
  constructor(
    readonly size: number,
    readonly release: (value: T) => void = () => {},
  ) {}

  /** The value of `key`. It rejects with the error of its own `make`, never with that of another key. */
  async get(key: string, make: () => Promise<T>): Promise<T> {
    const value = this.#values.get(key) ?? this.#make(key, make);
    // Last in the order of the map: asked for last.
    if (this.#values.delete(key)) this.#values.set(key, value);
    for (const [old, dropped] of [...this.#values].slice(0, -this.size)) {
      this.#values.delete(old);
      // One that failed has nothing to release, and its error belongs to those who asked for it.
      await dropped.then(this.release, () => undefined);
    }
    return value;
  }

  #make(key: string, make: () => Promise<T>): Promise<T> {
    const value = make();
    this.#values.set(key, value);
    value.catch(() => {
      if (this.#values.get(key) === value) this.#values.delete(key);
    });
    return value;
  }
}
