/** docs/formats.md is what users write checkpoints from: everything it claims is held against the code. */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { MAXIMUM_CLUSTERS } from '../../../src/networks/compression/expand.js';
import { bitsFor, packBits } from '../../../src/networks/formats/bits.js';
import { decodeCheckpoint, encodeCheckpoint, NETWORK_KEY } from '../../../src/networks/formats/checkpoint.js';
import {
  CHECKPOINT_FORMAT,
  graphSchema,
  layerSchemas,
  VECTOR_FIELDS,
} from '../../../src/networks/formats/graphSchema.js';
import { MAXIMUM_HEADER_BYTES } from '../../../src/networks/formats/safetensors.js';
import { MAXIMUM_PARAMETERS } from '../../../src/networks/formats/tensorReader.js';
import type { DenseLayer, Layer } from '../../../src/networks/types.js';
import { container, float32, split } from './container.js';

const page = readFileSync(new URL('../../../docs/formats.md', import.meta.url), 'utf8');
const python = page.match(/```python\n([\s\S]*?)```/)![1]!;
const graphText = python.match(/json\.loads\("""([\s\S]*?)"""\)/)![1]!;
/** What the page's Python example wrote. */
const written = new Uint8Array(readFileSync(new URL('tiny.safetensors', import.meta.url)));

/** Rows of the table whose head is `head`, by first cell. */
function table(head: string): Map<string, string> {
  const lines = page
    .slice(page.indexOf(`| ${head} |`))
    .split('\n')
    .slice(2);
  const rows = lines.slice(
    0,
    lines.findIndex((line) => !line.startsWith('|')),
  );
  return new Map(rows.map((line) => [line.split('|')[1]!.trim(), line.split('|').slice(2).join('|')]));
}

/** Names of fields: words before a shape, an explanation or a comma. */
function fieldsOf(row: string): string[] {
  const plain = row.replace(/`[^`]*`|\([^)]*\)|\[[^\]]*\]|;.*|:.*/g, '').replaceAll('|', ' ');
  return plain
    .split(',')
    .map((part) => part.trim().split(/\s/)[0]!.replaceAll('*', ''))
    .filter((name) => name !== '');
}

describe('docs/formats.md', () => {
  it('names version, key and limits', () => {
    for (const text of [
      CHECKPOINT_FORMAT,
      NETWORK_KEY,
      `at most ${MAXIMUM_CLUSTERS}`,
      String(MAXIMUM_HEADER_BYTES),
      String(MAXIMUM_PARAMETERS),
    ]) {
      expect(page).toContain(text);
    }
  });

  it('lists the keys of the graph', () => {
    expect([...table('key').keys()]).toEqual(Object.keys(graphSchema.shape));
  });

  it('lists every kind of layer with exactly its fields, tensors in bold', () => {
    const rows = table('kind');
    expect([...rows.keys()]).toEqual(Object.keys(layerSchemas));
    for (const [kind, row] of rows) {
      const known = Object.keys(layerSchemas[kind as Layer['kind']].shape).filter(
        (key) => !['kind', 'name', 'inputs'].includes(key),
      );
      expect(fieldsOf(row), kind).toEqual(known);
      const bold = [...row.matchAll(/\*\*(\w+)\*\*/g)].map((match) => match[1]);
      expect(bold, kind).toEqual(
        known.filter((key) => key === 'weight' || VECTOR_FIELDS[kind as Layer['kind']]?.includes(key)),
      );
    }
  });

  it('gives the right bytes for its example', () => {
    const line = page.match(/weights ([-\d., ]+)\. Clusters ([-\d., ]+) \(b = (\d)\)/)!;
    const [weights, centroids] = [line[1]!, line[2]!].map((text) => text.split(',').map(Number)) as [
      number[],
      number[],
    ];
    const bytes = (name: string) =>
      Uint8Array.from(
        page
          .match(new RegExp(`    ${name} +([0-9a-f ]+)\\n`))![1]!
          .trim()
          .split(' '),
        (hex) => Number.parseInt(hex, 16),
      );
    expect(bitsFor(centroids.length)).toBe(Number(line[3]));
    expect(
      packBits(
        Uint8Array.from(weights, (w) => (w === 0 ? 0 : 1)),
        1,
      ),
    ).toEqual(bytes('mask'));
    const kept = weights.filter((w) => w !== 0).map((w) => centroids.indexOf(w));
    expect(page).toContain(`their clusters are ${kept.join(', ')}`);
    expect(packBits(Uint8Array.from(kept), bitsFor(centroids.length))).toEqual(bytes('index'));
    expect(float32(...centroids)).toEqual(bytes('centroids'));
  });

  it('has a Python example whose file loads as it says', () => {
    const { network, clusters, metadata } = decodeCheckpoint(written, 'tiny.safetensors');
    const fc = network.layers[1] as DenseLayer;
    const literal = python.match(/np\.array\((\[\[.*?\]\])/)![1]!;
    expect([...fc.weight]).toEqual((JSON.parse(literal) as number[][]).flat());
    expect(fc.bias).toEqual(Float32Array.of(0.1, 0.2, 0.3, 0.4, 0.5));
    expect(clusters['fc']!.centroids).toEqual(Float32Array.of(-1, 0.25, 0.5));
    expect(metadata).toEqual({ author: 'numpy' });
    expect(network).toMatchObject({ name: 'tiny', inputShape: [1, 2, 1], inputRange: [0, 1], output: 'fc' });
  });

  it('shows the graph that the example wrote, and our writer stores the same tensors', () => {
    const stored = split(written);
    const metadata = stored.header['__metadata__'] as Record<string, string>;
    expect(JSON.parse(metadata[NETWORK_KEY]!)).toEqual(JSON.parse(graphText));
    const { network, clusters } = decodeCheckpoint(written, 'tiny.safetensors');
    const ours = split(encodeCheckpoint(network, { clusters }));
    for (const name of ['fc.bias', 'fc.centroids', 'fc.mask', 'fc.index']) {
      const data = ({ header, data: all }: typeof ours) =>
        all.slice(...(header[name] as { data_offsets: [number, number] }).data_offsets);
      expect(data(ours), name).toEqual(data(stored));
    }
  });

  it('offers a dense form that loads, too', () => {
    expect(python).toContain('"weight": "fc.weight", and the tensor "fc.weight": weight');
    const graph = JSON.parse(graphText);
    graph.layers[1].weight = 'fc.weight';
    const weight = [0, 0.5, -1, 0, 0.25, 0.5, 0, 0, -1, 0.5];
    const header = {
      __metadata__: { [NETWORK_KEY]: JSON.stringify(graph) },
      'fc.weight': { dtype: 'F32', shape: [2, 5], data_offsets: [0, 40] },
      'fc.bias': { dtype: 'F32', shape: [5], data_offsets: [40, 60] },
    };
    const file = container(JSON.stringify(header), float32(...weight, 1, 2, 3, 4, 5));
    const { network, clusters } = decodeCheckpoint(file, 'f');
    expect([...(network.layers[1] as DenseLayer).weight]).toEqual(weight);
    expect(clusters).toEqual({});
  });
});
