/**
 * Layers written out as loops over float64, straight from their definitions: what the forward pass on every backend is
 * compared with.
 */
import type { Conv2dLayer, Pool2dLayer } from '../../src/networks/types.js';

export interface Image {
  readonly shape: readonly [number, number, number];
  readonly data: ArrayLike<number>;
}

const at = ({ shape: [rows, columns, channels], data }: Image, row: number, column: number, channel: number) =>
  row < 0 || row >= rows || column < 0 || column >= columns
    ? null
    : data[(row * columns + column) * channels + channel]!;

export function naiveConv2d(layer: Conv2dLayer, image: Image): number[] {
  const [kernelRows, kernelColumns, channels, filters] = layer.weightShape;
  const [rows, columns] = image.shape;
  const [[top, bottom], [left, right]] = layer.padding;
  const perGroup = filters / layer.groups;
  const out: number[] = [];
  for (let y = -top; y + (kernelRows - 1) * layer.dilation[0] < rows + bottom; y += layer.strides[0]) {
    for (let x = -left; x + (kernelColumns - 1) * layer.dilation[1] < columns + right; x += layer.strides[1]) {
      for (let f = 0; f < filters; f++) {
        let sum = layer.bias?.[f] ?? 0;
        for (let r = 0; r < kernelRows; r++) {
          for (let c = 0; c < kernelColumns; c++) {
            for (let i = 0; i < channels; i++) {
              const channel = Math.floor(f / perGroup) * channels + i;
              const value = at(image, y + r * layer.dilation[0], x + c * layer.dilation[1], channel) ?? 0;
              sum += value * layer.weight[((r * kernelColumns + c) * channels + i) * filters + f]!;
            }
          }
        }
        out.push(sum);
      }
    }
  }
  return out;
}

export function naivePool2d(layer: Pool2dLayer, image: Image): number[] {
  const [rows, columns, channels] = image.shape;
  const [[top, bottom], [left, right]] = layer.padding;
  const out: number[] = [];
  for (let y = -top; y + layer.size[0] <= rows + bottom; y += layer.strides[0]) {
    for (let x = -left; x + layer.size[1] <= columns + right; x += layer.strides[1]) {
      for (let channel = 0; channel < channels; channel++) {
        const seen: number[] = [];
        for (let r = 0; r < layer.size[0]; r++) {
          for (let c = 0; c < layer.size[1]; c++) {
            const value = at(image, y + r, x + c, channel);
            if (value !== null) seen.push(value);
          }
        }
        const divisor = layer.countIncludePad ? layer.size[0] * layer.size[1] : seen.length;
        out.push(layer.mode === 'max' ? Math.max(...seen) : seen.reduce((a, b) => a + b, 0) / divisor);
      }
    }
  }
  return out;
}
