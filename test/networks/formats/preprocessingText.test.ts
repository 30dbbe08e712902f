import { describe, expect, it } from 'vitest';
import { FormatError } from '../../../src/base/errors.js';
import { readPreprocessing } from '../../../src/networks/formats/import/preprocessingText.js';
import { preprocess } from '../../../src/networks/preprocess.js';

describe('preprocessing by name', () => {
  // Worked out by hand: (byte / 255 - mean) / std.
  it.each([
    ['imagenet', [0, 127, 255], [-2.1179039, (127 / 255 - 0.456) / 0.224, 2.64]],
    ['cifar10', [255, 0, 0], [2.0591093, -0.4822 / 0.2435, -0.4465 / 0.2616]],
  ])('%s brings red, green, blue to the mean and deviation of its images', async (name, bytes, values) => {
    const preprocessing = await readPreprocessing(name);
    const inputs = preprocess({ preprocessing, inputShape: [1, 1, 3] }, Uint8Array.from(bytes));
    [...inputs].forEach((value, channel) => {
      expect(value).toBeCloseTo(values[channel]!, 5);
    });
  });

  it('mnist has one channel', async () => {
    const preprocessing = await readPreprocessing('mnist');
    const [black, white] = preprocess({ preprocessing, inputShape: [1, 2, 1] }, Uint8Array.of(0, 255));
    expect(black).toBeCloseTo(-0.4242, 4);
    expect(white).toBeCloseTo(2.8215, 4);
  });

  it.each(['imagnet', 'constructor'])("'%s' is neither a preset nor a file", async (name) => {
    const error = await readPreprocessing(name).catch((thrown) => thrown);
    expect(error).toBeInstanceOf(FormatError);
    expect(error.message).toContain(`'${name}': neither a preset (imagenet, cifar10, mnist) nor a file`);
  });
});
