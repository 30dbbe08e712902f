/** docs/networks.md: what its tables and sentences make of results, here of made-up ones. */
import { describe, expect, it } from 'vitest';

const script = (name: string) => import(new URL(`../../scripts/networks/${name}`, import.meta.url).href);

interface Case {
  readonly id: string;
  readonly args: readonly string[];
}

const { NETWORKS, RUNS, ATTRIBUTIONS } = await script('cases.mjs');

/** Results of every run: all that is known digitally, and `loss` of it on hardware. */
function results(loss: number) {
  const accuracyOf = (id: string) =>
    (NETWORKS.find((network: Case) => id.startsWith(`${network.id}-`))?.known ?? 90) / 100;
  const change = { difference: -loss, interval95: [-2 * loss, -loss / 2] };
  const layers = [
    { name: 'first', effectiveBits: 6 },
    { name: 'second', effectiveBits: 4 },
  ];
  return new Map(
    RUNS.map(({ id }: Case) => {
      const digital = accuracyOf(id);
      const mean = digital - loss;
      const result = {
        run: { backend: 'wasm', adapter: null },
        network: { parameters: 1234 },
        accuracy: { digital, emulated: mean },
        chips: { mean, minimum: mean, maximum: mean, interval95: [mean - 0.01, mean + 0.01] },
        cost: { energy_J: 1e-3, latency_s: 1e-4, framesPerSecondPerWatt: 10 },
        all: { layers },
        effects: [{ effect: `effect of ${id}`, alone: { change, layers }, without: { change, layers } }],
      };
      return [id, result];
    }),
  );
}

describe('the page of networks trained elsewhere', () => {
  it('says of every network what it has digitally and loses on hardware', async () => {
    const { networksPage } = await script('page.mjs');
    const page = networksPage(results(0.02), (args: readonly string[]) => args.join(' '));
    for (const { title, known } of NETWORKS) {
      const row = page.split('\n').find((line: string) => line.startsWith(`| ${title} |`));
      expect(row).toContain(`| ${known.toFixed(2)} % | ${known.toFixed(2)} % |`);
      expect(row).toContain('| -2.00 |');
    }
    expect(page).toContain('Digitally all six have what is known of them');
    expect(page).toContain('`second`, 4.0 of them');
    for (const id of ATTRIBUTIONS) expect(page).toContain(`| effect of ${id} | -2.00 (-4.00 to -1.00) |`);
  });

  it('names the network that is off what is known of it', async () => {
    const { networksInWords } = await script('words.mjs');
    const off = results(0.02);
    (off.get('lenet-digital') as { accuracy: { digital: number } }).accuracy.digital -= 0.0002;
    expect(networksInWords(off)).toContain('all but LeNet of TensorSpace');
  });

  it('leaves out sentences that the numbers do not bear', async () => {
    const { causesInWords, remediesInWords } = await script('words.mjs');
    const made = results(0.02);
    // Each effect costs all of the loss, and all chips are alike.
    expect(causesInWords(made)).not.toContain('No single effect explains');
    expect(remediesInWords(made)).not.toContain('scatter');
    const plain = made.get('resnet8-sonic') as { chips: Record<'mean' | 'minimum' | 'maximum', number> };
    plain.chips = { ...plain.chips, mean: plain.chips.mean - 0.1, minimum: 0.5, maximum: 0.9 };
    expect(causesInWords(made)).toContain('No single effect explains');
    expect(remediesInWords(made)).toContain('points, within the scatter of chips.');
  });
});
