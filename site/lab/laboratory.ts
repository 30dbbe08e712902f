/** The worker that imports and draws; the threads that compile and run; and which network they have. */
import tensorflow from '@tensorflow/tfjs-backend-wasm/dist/tfjs-backend-wasm-simd.wasm?url';
import { checkFits } from '#sonic/networks/fits.js';
import type { Network } from '#sonic/networks/types.js';
import { backendOf, browserOffer } from './backend.js';
import { at, dataFor, type Images, loadImages } from './data.js';
import type { Files, InsideReply, OpenReply, OwnFiles, Request } from './messages.js';
import { Pool, type RunFacts } from './pool.js';
import type { LabState, OwnCommand } from './state.js';
import { type AskOptions, Thread, ThreadStopped } from './thread.js';
import type { Work } from './work.js';

const NETWORKS = ['mnist', 'cifar10'];
const files: Files = { kernels: at('data/kernels.wasm'), tensorflow: new URL(tensorflow, import.meta.url).href };

export class Laboratory {
  readonly #importer = new Thread();
  readonly #pool = new Pool(files);
  /** Name of the network that the importer has; a new one has none. */
  #open = '';
  #network: Network | null = null;
  #dataset = '';
  #own: OwnFiles | null = null;
  #ownDataset = '';

  /** Asks the importer, whose worker ends with the signal: its requests take seconds, and nothing else stops them. */
  async ask<T>(request: Request, options: AskOptions): Promise<T> {
    try {
      return await this.#importer.ask<T>(request, options);
    } catch (error) {
      if (error instanceof ThreadStopped) this.#open = '';
      throw error;
    }
  }

  /** Takes files as the network `own`. @returns lines about it */
  async give(own: OwnFiles, options: AskOptions): Promise<string[]> {
    this.#open = '';
    const { network, format, remarks } = await this.ask<OpenReply>({ kind: 'open', source: own }, options);
    const dataset = dataFor(network.inputShape);
    checkFits(network, await loadImages(dataset));
    [this.#own, this.#ownDataset, this.#network, this.#open] = [own, dataset, network, 'own'];
    this.#dataset = dataset;
    return [`${own.main}: ${format}, ${network.layers.length} layers, run on ${dataset}`, ...remarks];
  }

  /** What a command line says of the user's files; null for bundled networks. */
  ownCommand({ network }: LabState): OwnCommand | null {
    return network === 'own' && this.#own ? { ...this.#own, dataset: this.#ownDataset } : null;
  }

  /** Of the network that was last opened. */
  get dataset(): string {
    return this.#dataset;
  }

  name({ network }: LabState): string {
    return this.#network?.name ?? network;
  }

  /** Opens the state's network, unless it is. */
  async open({ network }: LabState, options: AskOptions): Promise<{ network: Network; data: Images }> {
    if (network === 'own') {
      if (!this.#own) throw new Error('the address cannot hold files of yours: choose the file of the network again');
      if (this.#open !== 'own') await this.give(this.#own, options);
    } else if (!NETWORKS.includes(network)) {
      throw new Error(`no network '${network}'; choose one of ${NETWORKS.join(', ')}, or give a file of your own`);
    } else if (this.#open !== network) {
      this.#open = '';
      const source = { checkpoint: at(`data/${network}.safetensors`) };
      this.#network = (await this.ask<OpenReply>({ kind: 'open', source }, options)).network;
      [this.#open, this.#dataset] = [network, network];
    }
    return { network: this.#network!, data: await loadImages(this.#dataset) };
  }

  /** What `compile` and `inside` are asked with. */
  #asked({ preset, settings }: Pick<LabState, 'preset' | 'settings'>, { name, calibration }: Images) {
    return { files, preset, settings, calibration, dataset: name, chipSeed: 1 } as const;
  }

  /** The state's network on its hardware, nothing run yet. */
  async compile(state: LabState, options: AskOptions, settings = state.settings): Promise<Work> {
    const { network, data } = await this.open(state, options);
    if (state.images > data.count)
      throw new Error(`images ${state.images}: the page has ${data.count} of ${data.name}; ask for no more`);
    const order = { network, data, backend: backendOf(state.backend, await browserOffer()), count: state.images };
    const program = await this.#pool.compile(network, this.#asked({ ...state, settings }, data), order, options);
    return { ...order, program, replies: [] };
  }

  async run(work: Work, signal: AbortSignal, onBatch: () => void): Promise<RunFacts> {
    try {
      return await this.#pool.run(work, signal, onBatch);
    } catch (error) {
      if (work.backend === 'wasm') throw error;
      throw new Error(`on WebGPU: ${(error as Error).message}; the backend WebAssembly runs everywhere`);
    }
  }

  /** One image from inside. */
  inside(state: LabState, data: Images, image: Uint8Array, index: number, options: AskOptions): Promise<InsideReply> {
    return this.ask({ kind: 'inside', ...this.#asked(state, data), image, index }, options);
  }
}
