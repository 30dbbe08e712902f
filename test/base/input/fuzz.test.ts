/**
 * Files of every kind that is read, mutated at random by a seed: each is read, or refused by an error of ours in a short
 * line that a terminal can show. SONIC_FUZZ=20000 tries as many of each kind; the seed of a failure is in its name.
 */
import { readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { beforeAll, describe, expect, it } from 'vitest';
import { SonicError } from '../../../src/base/errors.js';
import { loadEnergyTable } from '../../../src/cost/energyTable.js';
import { loadConformance } from '../../../src/experiments/conformance/loadCases.js';
import { readResult } from '../../../src/experiments/result/readResult.js';
import { loadPlan } from '../../../src/experiments/sweep/planFile.js';
import { hardwareToYaml, loadHardware } from '../../../src/hardware/descriptionFiles.js';
import { presetHardware } from '../../../src/hardware/presets/index.js';
import { loadArchitecture } from '../../../src/networks/formats/architecture/loadArchitecture.js';
import { encodeCheckpoint } from '../../../src/networks/formats/checkpoint.js';
import { readPreprocessing } from '../../../src/networks/formats/import/preprocessingText.js';
import { listTensors, loadNetworkFile } from '../../../src/networks/formats/index.js';
import { temporaryFolder } from '../../helpers/folder.js';
import { uniforms } from '../../helpers/random.js';
import { floats, onnxModel } from '../../networks/formats/onnx/model.js';
import { resultJson } from '../../report/results.js';

const RUNS = Number(process.env['SONIC_FUZZ'] ?? 120);
const folder = temporaryFolder();
const root = (path: string) => readFileSync(new URL(`../../../${path}`, import.meta.url));
const network = (file: string) => loadNetworkFile(file);

interface Kind {
  readonly name: string;
  /** Of the file; readers look at it. */
  readonly ending: string;
  readonly content: () => Uint8Array | string;
  readonly read: (file: string) => Promise<unknown>;
  /** Bytes from the begin in which most of the mutations are. */
  readonly structure?: number;
  /** Binary files with checksums are never read once mutated; texts sometimes are. */
  readonly isText: boolean;
}

let result = '';
beforeAll(async () => {
  result = JSON.stringify(await resultJson(), null, 1);
}, 120_000);

const onnx = () =>
  onnxModel({
    input: [1, 4, 4],
    tensors: [floats('w', [2, 1, 3, 3], new Float32Array(18).fill(0.5))],
    nodes: [
      { op: 'Conv', inputs: ['x', 'w'], attributes: { pads: [1, 1, 1, 1], strides: [2, 2] } },
      { op: 'Relu', inputs: ['t0'] },
      { op: 'GlobalAveragePool', inputs: ['t1'] },
      { op: 'Flatten', inputs: ['t2'] },
    ],
  });

const own = () =>
  encodeCheckpoint(
    {
      name: 'n',
      inputShape: [6],
      inputRange: [0, 1],
      preprocessing: { scale: 1 / 255, mean: [0], std: [1] },
      layers: [
        {
          kind: 'dense',
          name: 'a',
          inputs: ['input'],
          weight: new Float32Array(24).fill(0.5),
          weightShape: [6, 4],
          bias: null,
        },
        { kind: 'activation', name: 'r', inputs: ['a'], function: 'relu' },
        {
          kind: 'dense',
          name: 'b',
          inputs: ['r'],
          weight: new Float32Array(8),
          weightShape: [4, 2],
          bias: new Float32Array(2),
        },
      ],
      output: 'b',
    },
    {},
  );

const KINDS: readonly Kind[] = [
  {
    name: 'hardware',
    ending: '.yaml',
    isText: true,
    // With words that do not matter, as people keep such files: every byte of the fields does.
    content: () => `${'# Measured on the second wafer.\n'.repeat(60)}${hardwareToYaml(presetHardware('sonic'))}`,
    read: (file) => loadHardware(file),
  },
  {
    name: 'plan',
    ending: '.yaml',
    isText: true,
    content: () => root('examples/experiments/screening.yaml'),
    read: loadPlan,
  },
  {
    name: 'energy table',
    ending: '.yaml',
    isText: true,
    content: () => root('docs/energies-example.yaml'),
    read: loadEnergyTable,
  },
  {
    name: 'architecture',
    ending: '.yaml',
    isText: true,
    content: () => root('examples/architectures/resnet20-cifar10.yaml'),
    read: loadArchitecture,
  },
  {
    name: 'preprocessing',
    ending: '.yaml',
    isText: true,
    content: () => 'scale: 1/255\nmean: [0.5, 0.4, 0.3]\nstd: [1, 1, 2]\nchannels: bgr\n',
    read: readPreprocessing,
  },
  { name: 'result', ending: '.json', isText: true, content: () => result, read: readResult },
  {
    name: 'conformance',
    ending: '.json',
    isText: true,
    content: () => root('test/conformance/converters.json'),
    read: loadConformance,
  },
  {
    name: 'own checkpoint',
    ending: '.safetensors',
    isText: false,
    structure: 1200,
    content: own,
    read: network,
  },
  { name: 'ONNX', ending: '.onnx', isText: false, content: onnx, read: network },
  {
    name: 'Keras HDF5',
    ending: '.h5',
    isText: false,
    structure: 46_000,
    content: () => root('test/networks/formats/keras/tiny.h5'),
    read: network,
  },
  {
    name: 'Keras archive',
    ending: '.keras',
    isText: false,
    structure: 59_000,
    content: () => root('test/networks/formats/keras/tiny.keras'),
    read: network,
  },
  {
    name: 'PyTorch',
    ending: '.pt',
    isText: false,
    structure: 1227,
    content: () => root('test/networks/formats/pytorch/tiny.pt'),
    read: listTensors,
  },
];

/** What breaks parsers, terminals and memories. */
const TOKENS = [
  ...[
    '-1',
    '0',
    '1e400',
    '-1e-320',
    '2147483648',
    '9007199254740993',
    '.nan',
    '.inf',
    'null',
    'true',
    '""',
    '[]',
    '{}',
  ],
  ...[
    '*a',
    '&a ',
    '!!binary ',
    '<<: ',
    '? ',
    '- ',
    ': ',
    '\n',
    '\t',
    '"',
    "'",
    '#',
    '|',
    '---\n',
    '%YAML 1.1\n',
    '__proto__: 1\n',
  ],
  ...['\u001b[31m', '\u0000', '\u0007', '\r', '\u202e', '\u2028', '\ufeff', '\\u001b', '\u00e9', '\ud83d\ude00'],
  ...[
    '['.repeat(100),
    '{"a":'.repeat(100),
    '&a [*a]',
    'x'.repeat(5000),
    '9'.repeat(400),
    'constructor',
    '../../etc/passwd',
  ],
];

/** One to four changes of a file: bits, bytes, pieces, tokens. */
function mutated(content: Uint8Array, structure: number, seed: number): Uint8Array {
  const next = uniforms(seed);
  const whole = (below: number) => Math.floor(next() * below);
  let bytes = Buffer.from(content);
  for (let changes = 1 + whole(4); changes > 0; changes--) {
    const at = whole(Math.min(bytes.length, next() < 0.9 ? structure : bytes.length) + 1);
    const length = whole(next() < 0.5 ? 4 : 200);
    const cut = (insert: Uint8Array, drop: number) =>
      Buffer.concat([bytes.subarray(0, at), insert, bytes.subarray(at + drop)]);
    const token = Buffer.from(TOKENS[whole(TOKENS.length)]!);
    const kind = whole(6);
    if (kind === 0 && at < bytes.length) bytes[at]! ^= 1 << whole(8);
    else if (kind === 1 && at < bytes.length) bytes[at] = whole(256);
    else if (kind === 2) bytes = cut(new Uint8Array(), length);
    else if (kind === 3) bytes = cut(bytes.subarray(at, at + length), 0);
    else if (kind === 4) bytes = cut(token, 0);
    else bytes = cut(token, Math.min(length, 12));
  }
  return bytes;
}

describe.each(KINDS)('$name, mutated', ({ name, ending, content, read, structure, isText }) => {
  it('is read or refused in a line', async () => {
    const original = Buffer.from(content());
    const file = folder.path(`f-${name.replaceAll(' ', '-')}${ending}`);
    await writeFile(file, original);
    await read(file);
    let refused = 0;
    for (let seed = 1; seed <= RUNS; seed++) {
      await writeFile(file, mutated(original, structure ?? original.length, seed));
      try {
        await read(file);
      } catch (error) {
        refused++;
        const stack = error instanceof Error ? error.stack : String(error);
        expect(error, `seed ${seed}: ${stack}`).toBeInstanceOf(SonicError);
        for (const line of (error as Error).message.split('\n'))
          expect(line, `seed ${seed}`).toMatch(/^\P{Cc}{1,299}$/u);
      }
    }
    expect(refused).toBeGreaterThan(RUNS / 4);
    if (isText) expect(refused).toBeLessThan(RUNS);
  }, 600_000);
});
