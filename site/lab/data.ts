/** The images that come with the page, loaded when first asked for. */

interface Facts {
  readonly name: string;
  readonly split: 'test';
  /** [rows, columns, channels]. */
  readonly shape: readonly [number, number, number];
  readonly classes: number;
  readonly classNames?: readonly string[];
  readonly count: number;
  /** Place of each image in the whole split, where that is not its place here. */
  readonly indices: readonly number[] | null;
}

export interface Images extends Facts {
  readonly images: Uint8Array;
  readonly labels: Uint8Array;
  /** Of the training split. */
  readonly calibration: Uint8Array;
}

/** An address beside the page. */
export const at = (path: string): string => new URL(path, document.baseURI).href;

async function load(path: string): Promise<Response> {
  const response = await fetch(at(path));
  if (!response.ok) throw new Error(`${path}: ${response.status} ${response.statusText}; reload the page`);
  return response;
}

const bytes = async (path: string) => new Uint8Array(await (await load(path)).arrayBuffer());
const loaded = new Map<string, Promise<Images>>();

async function read(name: string): Promise<Images> {
  const [facts, images, labels, calibration] = await Promise.all([
    load(`data/${name}.json`).then((response) => response.json() as Promise<Facts>),
    ...['images', 'labels', 'calibration'].map((part) => bytes(`data/${name}-${part}.bin`)),
  ] as const);
  return { ...facts, images: images!, labels: labels!, calibration: calibration! };
}

export function loadImages(name: string): Promise<Images> {
  const known = loaded.get(name) ?? read(name);
  loaded.set(name, known);
  // What failed may be tried again.
  known.catch(() => loaded.delete(name));
  return known;
}

const SHAPES: Readonly<Record<string, string>> = { '28,28,1': 'mnist', '784': 'mnist', '32,32,3': 'cifar10' };

/**
 * Which of the page's images a network is for, by the shape of its input.
 * @throws where there are none
 */
export function dataFor(inputShape: readonly number[]): string {
  const name = SHAPES[inputShape.join()] ?? SHAPES[inputShape.filter((length) => length !== 1).join()];
  if (name) return name;
  throw new Error(
    `the network takes inputs of ${inputShape.join(' x ')}; this page has images of 28 x 28 x 1 (MNIST) and 32 x 32 x 3 (CIFAR-10): run it with sonic run --dataset`,
  );
}

/** Bytes of one image. */
export const imageOf = ({ images, shape }: Images, i: number): Uint8Array => {
  const size = shape[0] * shape[1] * shape[2];
  return images.slice(i * size, (i + 1) * size);
};
