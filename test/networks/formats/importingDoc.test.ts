/** docs/importing.md says what the code does: its lists, its examples, its numbers. */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { layerSchemas } from '../../../src/networks/formats/architecture/architectureSchema.js';
import { parseArchitecture } from '../../../src/networks/formats/architecture/parse.js';
import { MAXIMUM_ELEMENTS, MAXIMUM_LAYERS, MAXIMUM_PARAMETERS } from '../../../src/networks/formats/import/limits.js';
import { readPreprocessing } from '../../../src/networks/formats/import/preprocessingText.js';
import { KERAS_LAYERS } from '../../../src/networks/formats/keras/kerasLayers.js';
import { OPERATORS, RUNTIME_OPERATORS } from '../../../src/networks/formats/onnx/onnxOperators.js';
import { torchGlobals } from '../../../src/networks/formats/pytorch/tensors.js';
import { TF_OPERATORS } from '../../../src/networks/formats/tfjs/tfjsOperators.js';
import { OPERATORS as TFLITE_OPERATORS } from '../../../src/networks/formats/tflite/tfliteOperators.js';

const page = readFileSync(new URL('../../../docs/importing.md', import.meta.url), 'utf8');
describe('docs/importing.md', () => {
  it('lists the operators', () => {
    const lists = page.slice(page.indexOf('## Operators'));
    const listed = (title: string) =>
      lists
        .split('\n')
        .find((line) => line.startsWith(`| ${title} |`))!
        .split('|')[2]!
        .trim()
        .split(' ');
    expect(listed('ONNX')).toEqual(Object.keys(OPERATORS));
    expect(listed("ONNX Runtime's own (com.microsoft)")).toEqual(Object.keys(RUNTIME_OPERATORS));
    expect(listed('TensorFlow graphs')).toEqual(Object.keys(TF_OPERATORS));
    expect(listed('TensorFlow Lite')).toEqual(Object.keys(TFLITE_OPERATORS));
    expect(listed('Keras layers')).toEqual(Object.keys(KERAS_LAYERS));
  });

  it('names every kind of layer of architecture files', () => {
    const kinds = page.slice(page.indexOf('| kind | value |'), page.indexOf('A block is written once'));
    for (const kind of Object.keys(layerSchemas)) expect(kinds).toMatch(new RegExp(`\\| [^|]*\\b${kind}\\b[^|]*\\|`));
  });

  it('shows architecture files and preprocessing that are valid', async () => {
    const [whole, blocks] = [...page.matchAll(/```yaml\n(.*?)```/gs)].map((match) => match[1]!);
    expect(parseArchitecture(whole!, 'page').layers).toHaveLength(8);
    expect(parseArchitecture(`input: [8, 8, 2]\n${blocks}`, 'page').layers).toHaveLength(6);
    for (const [, text] of page.matchAll(/--preprocessing "([^"]+)"/g))
      expect((await readPreprocessing(text!)).scale).toBeCloseTo(1 / 255, 12);
  });

  it('gives the bounds and what pickles may name', () => {
    for (const limit of [MAXIMUM_PARAMETERS, MAXIMUM_ELEMENTS, MAXIMUM_LAYERS])
      expect(page).toContain(limit.toLocaleString('en-US'));
    const admitted = [...torchGlobals('f').keys()];
    // The page writes module.a, b for module.a and module.b.
    const list = page.slice(page.indexOf('Names that pickles may use'), page.indexOf('## Architecture files'));
    const names = [...list.matchAll(/`([^`]+)`/g)].flatMap(([, text]) => {
      const [first, ...rest] = text!.split(', ');
      const module = first!.slice(0, first!.lastIndexOf('.') + 1);
      return [first!, ...rest.map((name) => module + name)];
    });
    expect(admitted.filter((name) => name.endsWith('Storage'))).toHaveLength(10);
    for (const name of admitted) if (!name.endsWith('Storage')) expect(names).toContain(name);
  });
});
