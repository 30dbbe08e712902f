/**
 * What the hardware did, as counts only: the cost model turns them into time and energy. Counts are sums over `images`.
 */

/** Images on which one pass of a layer loaded its units in the same way. Only what time and tuning energy depend on. */
export interface Schedule {
  /** Chunk rows. */
  readonly rows: number;
  /** Of those, rows with a ring beyond the electro-optic range, by unit (row r is on unit r mod units); empty if none. */
  readonly slowRowsByUnit: readonly number[];
  /** How many (image, pass) pairs ran like this. */
  images: number;
  /** Sums over those images' rows and rings, in nm, of the electro-optic shift: of rows that load fast, and slow. */
  eoShift_nm: [number, number];
  /** Likewise of the thermo-optic shift. */
  toShift_nm: [number, number];
}

export interface LayerActivity {
  readonly name: string;
  readonly kind: 'conv2d' | 'dense';
  /** Positions (conv2d) or filters (dense): samples of one row. */
  readonly samplesPerRow: number;
  schedules: Schedule[];
  /** (row, sample) pairs: one ADC conversion each. */
  partialSums: number;
  /** Emitted values that were not 0, over all samples (and slots). */
  litSamples: number;
  /** Conversions of the DACs of the streamed operand: its values that were not gated. */
  streamedConversions: number;
  /** Conversions of the DACs of the held operand: ring loads. */
  heldConversions: number;
  /** Values of the batch-norm ring set by its DAC. */
  gainConversions: number;
  clippedConversions: number;
  clippedActivations: number;
  /** Zero codes among the layer's input elements (before padding), and how many elements there were. */
  zeroActivations: number;
  activations: number;
}

export interface Activity {
  readonly images: number;
  readonly layers: readonly LayerActivity[];
}
