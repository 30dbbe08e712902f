/** Layer by layer, from the shapes of weights: what could stand between them so that each gets an input that it can take. */
import { sizeOf } from '../../../../base/batch.js';
import { type Group, isShortcut } from './groups.js';
import { type Line, type Padded, paddingOf, poolTo, quoted, type Shape, Sheet, windowed } from './lines.js';

export interface Guesses {
  readonly input: Shape;
  readonly padded: Padded;
  /** Numbers of the convolutions that a pool of 2 x 2 follows. */
  readonly pools: ReadonlySet<number>;
}

export interface Draft {
  readonly lines: readonly Line[];
  /** Prefixes of the layers that found no place. */
  readonly leftOut: readonly Group[];
}

const isImage = (shape: Shape) => shape.length === 3;
const channelsOf = (shape: Shape) => shape.at(-1)!;
const same = (a: Shape, b: Shape) => a.join() === b.join();

/** The block that a layer of a shortcut belongs to, 'layer2.0' of 'layer2.0.downsample.0'; null where it is of none. */
function blockOf(prefix: string): string | null {
  const parts = prefix.split('.');
  const at = parts.findIndex((part, i) => i > 0 && isShortcut(part));
  return at < 0 ? null : parts.slice(0, at).join('.');
}

export class Drafter {
  private readonly sheet: Sheet;
  private readonly leftOut: Group[] = [];
  private convolutions = 0;
  private poolWaits = false;
  /** What each block takes: the index of a line. */
  private readonly blockInputs = new Map<string, number>();
  private branch: { readonly block: string; readonly main: number } | null = null;

  constructor(
    private readonly groups: readonly Group[],
    private readonly before: string,
    private readonly guesses: Guesses,
  ) {
    this.sheet = new Sheet(guesses.input);
  }

  draft(): Draft {
    this.groups.forEach((group, i) => {
      this.enter(group.prefix);
      if (!this.layer(group, this.groups[i + 1])) this.leftOut.push(group);
    });
    this.closeBranch();
    const { sheet } = this;
    // One score a class, which a map is not.
    if (isImage(sheet.shape) && sheet.lines.length > 0)
      sheet.add('globalAveragePool', [channelsOf(sheet.shape)], 'a guess: the scores are one a class');
    if (sheet.lines.length === 0) sheet.add('flatten', [sizeOf(sheet.input)], 'no tensor is of a kind that is known');
    return { lines: sheet.lines, leftOut: this.leftOut };
  }

  /** Notes what blocks take as they begin, and ends the shortcut that the layer is not of. */
  private enter(prefix: string): void {
    if (this.branch && blockOf(prefix) !== this.branch.block) this.closeBranch();
    const parts = prefix.split('.');
    for (let length = 1; length < parts.length; length++) {
      const block = parts.slice(0, length).join('.');
      if (!this.blockInputs.has(block)) this.blockInputs.set(block, this.sheet.last);
    }
  }

  private layer(group: Group, next: Group | undefined): boolean {
    const { tensors } = group;
    const weight = tensors.get('weight');
    if (tensors.has('running_mean')) return tensors.has('running_var') && this.normalisation(group, next);
    if (weight?.length === 4) return this.convolution(group, weight as [number, number, number, number], next);
    if (weight?.length === 2) return this.dense(group, weight as [number, number]);
    return false;
  }

  private nameOf({ prefix }: Group): string {
    return quoted(prefix.slice(this.before.length));
  }

  private relu(): void {
    this.sheet.add('relu', this.sheet.shape, 'a guess');
  }

  /** Joins an earlier output to the last one, where that makes the channels that are wanted. */
  private concatenate(wanted: number): boolean {
    const { sheet } = this;
    const missing = wanted - channelsOf(sheet.shape);
    if (missing <= 0 || !isImage(sheet.shape)) return false;
    for (let i = sheet.last - 1; i >= -1; i--) {
      const shape = sheet.shapeOf(i);
      if (isImage(shape) && channelsOf(shape) === missing && same(shape.slice(0, 2), sheet.shape.slice(0, 2))) {
        const joined = [...shape.slice(0, 2), wanted];
        sheet.add('concat', joined, 'a guess', `[${sheet.reference(i)}, previous]`);
        return true;
      }
    }
    return false;
  }

  private normalisation(group: Group, next: Group | undefined): boolean {
    const [channels] = group.tensors.get('running_mean')!;
    if (channels === undefined) return false;
    if (channelsOf(this.sheet.shape) !== channels && !this.concatenate(channels)) return false;
    this.sheet.add('batchNorm', this.sheet.shape, `${channels} channels`, this.nameOf(group));
    // The sum of a block comes before its activation.
    const endsBranch = this.branch !== null && (next === undefined || blockOf(next.prefix) !== this.branch.block);
    if (!endsBranch) this.relu();
    if (this.poolWaits) this.pool();
    this.poolWaits = false;
    return true;
  }

  private pool(): void {
    const [rows, columns, channels] = this.sheet.shape as [number, number, number];
    this.sheet.add('maxPool', [Math.floor(rows / 2), Math.floor(columns / 2), channels], 'a guess', '2');
  }

  /** Puts the shortcut's layers beside the block: back to its input, and the sum at the end. */
  private openBranch(prefix: string, channels: number): number | null {
    const block = blockOf(prefix);
    if (block === null) return null;
    if (this.branch?.block === block) return null;
    const begin = this.blockInputs.get(block);
    if (begin === undefined || begin >= this.sheet.last || channelsOf(this.sheet.shapeOf(begin)) !== channels)
      return null;
    // The activation that was guessed behind the block's last layer comes behind the sum.
    const last = this.sheet.lines.at(-1)!;
    if (last.kind === 'relu' && last.name === undefined) this.sheet.lines.pop();
    this.branch = { block, main: this.sheet.last };
    return begin;
  }

  private closeBranch(): void {
    const { branch, sheet } = this;
    this.branch = null;
    if (!branch || branch.main === sheet.last || !same(sheet.shapeOf(branch.main), sheet.shape)) return;
    sheet.add('add', sheet.shape, 'a shortcut', `[${sheet.reference(branch.main)}, previous]`);
    this.relu();
  }

  /** Whether the block that a layer is of has a shortcut that halves rows and columns: its channels are doubled. */
  private strideOf(prefix: string): number {
    const shortcut = this.groups.find(
      (group) =>
        blockOf(group.prefix) !== null &&
        prefix.startsWith(`${blockOf(group.prefix)}.`) &&
        group.tensors.get('weight')?.length === 4,
    );
    const [filters, channels] = shortcut?.tensors.get('weight') ?? [];
    return shortcut && filters === 2 * channels! ? 2 : 1;
  }

  private convolution(
    group: Group,
    weight: readonly [number, number, number, number],
    next: Group | undefined,
  ): boolean {
    const [filters, channels, rows, columns] = weight;
    const { sheet, guesses } = this;
    const begin = this.openBranch(group.prefix, channels);
    if (
      begin === null &&
      channelsOf(sheet.shape) !== channels &&
      channels !== 1 &&
      !this.concatenate(channels) &&
      channelsOf(sheet.shape) % channels !== 0
    )
      return false;
    const from = begin === null ? sheet.shape : sheet.shapeOf(begin);
    const groups = channelsOf(from) / channels;
    if (!isImage(from) || filters % groups !== 0) return false;
    const isWindow = rows > 1 || columns > 1;
    const padding = [rows, columns].map((size) => paddingOf(guesses.padded, this.convolutions, size));
    const main = begin === null ? null : sheet.shapeOf(this.branch!.main);
    const blockBegin =
      [...this.blockInputs].filter(([block]) => group.prefix.startsWith(`${block}.`)).at(-1)?.[1] ?? -1;
    const stride = main
      ? Math.max(1, Math.round(from[0]! / main[0]!))
      : isWindow && blockBegin >= 0 && same(sheet.shapeOf(blockBegin).slice(0, 2), from.slice(0, 2))
        ? this.strideOf(group.prefix)
        : 1;
    const shape = [
      windowed(from[0]!, rows, stride, padding[0]!),
      windowed(from[1]!, columns, stride, padding[1]!),
      filters,
    ];
    if (!(shape[0]! > 0 && shape[1]! > 0)) return false;
    const settings = [
      ...(padding.some((side) => side > 0)
        ? [`padding: ${padding[0] === padding[1] ? padding[0] : `[${padding.join(', ')}]`}`]
        : []),
      ...(stride > 1 ? [`stride: ${stride}`] : []),
      ...(groups > 1 ? [`groups: ${groups}`] : []),
      ...(begin === null ? [] : [`input: ${sheet.reference(begin)}`]),
    ];
    const guess = isWindow ? '; padding and stride are a guess' : '';
    sheet.add('conv2d', shape, `${rows} x ${columns}, ${channels} -> ${filters}${guess}`, this.nameOf(group), settings);
    if (begin !== null || this.branch) return true;
    const hasPool = guesses.pools.has(this.convolutions++);
    // What normalises comes first, and it comes with the activation.
    if (next?.tensors.has('running_mean')) {
      this.poolWaits = hasPool;
      return true;
    }
    this.relu();
    if (hasPool) this.pool();
    return true;
  }

  /** Brings an image to the features that a dense layer takes. */
  private toFeatures(features: number): boolean {
    const { sheet } = this;
    const [rows, columns, channels] = sheet.shape as [number, number, number];
    if (features === rows * columns * channels) {
      sheet.add('flatten', [features], '');
      return true;
    }
    if (features === channels) {
      sheet.add('globalAveragePool', [features], 'a guess');
      return true;
    }
    const cells = features / channels;
    if (!Number.isInteger(cells)) return false;
    const root = Math.floor(Math.sqrt(cells));
    const down = Array.from({ length: root }, (_, i) => root - i).find((n) => cells % n === 0)!;
    const across = cells / down;
    if (down > rows || across > columns) return false;
    const [[height, stepDown], [width, stepAcross]] = [poolTo(rows, down), poolTo(columns, across)];
    sheet.add('averagePool', [down, across, channels], 'a guess', `[${height}, ${width}]`, [
      `stride: [${stepDown}, ${stepAcross}]`,
    ]);
    sheet.add('flatten', [features], '');
    return true;
  }

  private dense(group: Group, [outputs, features]: readonly [number, number]): boolean {
    const { sheet } = this;
    if (isImage(sheet.shape)) {
      this.closeBranch();
      if (!this.toFeatures(features)) return false;
    } else if (sheet.shape[0] !== features) {
      return false;
    } else if (sheet.lines.at(-1)?.kind === 'dense') {
      this.relu();
    }
    sheet.add('dense', [outputs], `${features} -> ${outputs}`, this.nameOf(group));
    return true;
  }
}
