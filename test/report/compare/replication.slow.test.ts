/** docs/replication.md: it is what its command writes, has every number of the paper, and its verdicts follow from the numbers. */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, it } from 'vitest';
import { published } from '../../../src/cost/accelerators/sonic/model.js';
import { presetHardware } from '../../../src/hardware/presets/index.js';
import { PUBLISHED_NETWORKS, TABLE_1 } from '../../../src/networks/zoo/publishedNetworks.js';
import { type Claim, claimsOf, VERDICTS } from '../../../src/report/compare/claims.js';
import { renderReplication } from '../../../src/report/compare/replication.js';
import { gatherReplication, type Replication } from '../../../src/report/compare/replicationData.js';
import { countVerdicts } from '../../../src/report/compare/verdictSection.js';

const PAGE = fileURLToPath(new URL('../../../docs/replication.md', import.meta.url));
const COMMAND = 'sonic compare --report docs/replication.md';
let replication: Replication;
let text: string;
let claims: readonly Claim[];

beforeAll(async () => {
  const setting = { hardware: presetHardware('sonic'), table: null, devices: 'own' } as const;
  replication = await gatherReplication(setting, 'ratioOfMeans', COMMAND);
  text = renderReplication(replication);
  claims = claimsOf(replication);
}, 120_000);

describe('docs/replication.md', () => {
  it('is what its command writes', () => {
    const aside = (page: string) => page.replace(/ in [\d.]+ s$/gm, '');
    expect(aside(readFileSync(PAGE, 'utf8'))).toBe(aside(text));
  });

  it('has nothing that is not defined, and no cell that breaks its table', () => {
    expect(text).not.toMatch(/NaN|Infinity|\[object|undefined(?! choice)/);
    for (const block of text.split('\n\n').filter((part) => part.startsWith('| '))) {
      const widths = block.split('\n').map((line) => line.replaceAll('\\|', '').split('|').length);
      expect(new Set(widths).size, block.slice(0, 80)).toBe(1);
    }
  });

  it('says plainly that a fit of so many choices is not evidence', () => {
    expect(text).toContain('A fit with so many free choices is not evidence');
  });

  it('marks figures without a source in the tables themselves', () => {
    for (const [design, figure] of [
      ['NullHop', '60 MHz, 1 W'],
      ['RSNN', '9.63 W'],
      ['LightBulb (byPower)', '68 W'],
      ['HolyLight (byPower)', '67 W'],
    ] as const) {
      const rows = text
        .split('\n')
        .filter((line) => line.startsWith(`| ${design} |`) && line.includes(`| ${figure} |`));
      expect(rows.length, design).toBeGreaterThanOrEqual(2);
    }
    expect(text).toMatch(/\| MNIST \| CrossLight \|.*\| {2}\|$/m);
  });
});

describe('its claims', () => {
  const of = (claim: string, where = 'text') => claims.find((one) => one.claim === claim && one.where === where)!;

  it('have every ratio of the paper, and every number of tables 1 and 3', () => {
    const ratios = claims.filter(({ claim }) => /^(FPS\/W over|energy per bit below) /.test(claim));
    const printed = Object.values(published.numbers).map(({ value }) => `${value} x`);
    expect(ratios.map((claim) => claim.published)).toEqual(printed);
    for (const [name, entry] of Object.entries(PUBLISHED_NETWORKS)) {
      const table1 = TABLE_1[name]!;
      const one = (claim: string) => of(claim, `table 1, ${entry.title}`).published;
      const three = (claim: string) => of(claim, `table 3, ${entry.title}`).published;
      expect(one('CONV and dense layers')).toBe(`${table1.conv}, ${table1.dense}`);
      expect(one('parameters')).toBe(entry.parameters.toLocaleString('en'));
      expect(one('accuracy')).toBe(`${table1.accuracy} %`);
      expect(three('layers pruned')).toBe(String(entry.layersPruned));
      expect(three('clusters')).toBe(String(entry.clusters));
      expect(three('remaining parameters')).toBe(entry.remainingParameters.toLocaleString('en'));
      expect(three('accuracy')).toBe(`${table1.compressed} %`);
    }
    // Seven devices of table 2, and (n, m, N, K).
    expect(claims.filter(({ where }) => where === 'table 2')).toHaveLength(7);
    expect(of('best (n, m, N, K)', 'section V.B').published).toBe('(5, 50, 50, 10)');
  });

  it('are counted on top', () => {
    const counts = countVerdicts(claims);
    expect(Object.values(counts).reduce((sum, count) => sum + count, 0)).toBe(claims.length);
    for (const [verdict, count] of Object.entries(counts)) {
      expect(Object.keys(VERDICTS)).toContain(verdict);
      if (count > 0) expect(text).toContain(`| ${verdict} | ${count} |`);
    }
  });

  it('each names a command of this program', () => {
    for (const { command } of claims) expect(command).toMatch(/^sonic (compare|cost|explore|train|hardware)( |$)/);
  });

  it('are reproduced only where ours is within 10 % of the printed ratio', () => {
    for (const { id, title, ratios, published: printed } of replication.own.designs) {
      if (!printed) continue;
      const off = (ours: number, theirs: number) => Math.max(ours / theirs, theirs / ours);
      const { verdict, why } = of(`FPS/W over ${title}`);
      const rows = replication.ownSensitivities.find((one) => one.id === id)!.rows;
      const one = Math.min(...rows.map((row) => off(row.ratios.fpsPerWatt, printed.fpsPerWatt)));
      const expected =
        off(ratios.fpsPerWatt, printed.fpsPerWatt) <= 1.1
          ? 'reproduced'
          : one <= 1.1
            ? 'reproduced under a stated choice'
            : 'not reproducible';
      expect(verdict, title).toBe(expected);
      if (verdict !== 'reproduced') expect(why).toMatch(/ with /);
    }
  });

  it('the remaining parameters of table 3 are a share of all parameters, by hand', () => {
    // 0.5 * 1,498,730; 0.5 * 552,874; 0.6 * 77,787,738 = 46,672,642.8; 0.6 * 552,362 = 331,417.2.
    expect([749_365, 276_437, 46_672_643, 331_417]).toEqual(
      Object.values(PUBLISHED_NETWORKS).map(({ remainingParameters }) => remainingParameters),
    );
    for (const { title } of Object.values(PUBLISHED_NETWORKS))
      expect(of('remaining parameters', `table 3, ${title}`).verdict).toBe('reproduced under a stated choice');
  });
});
