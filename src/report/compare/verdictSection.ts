/** The first part of docs/replication.md: how often each verdict was given, and every claim with its own. */
import { type Claim, claimsOf, VERDICTS, type Verdict } from './claims.js';
import { markdownTable } from './compareTables.js';
import type { Replication } from './replicationData.js';

const NAMES = Object.keys(VERDICTS) as Verdict[];

export function countVerdicts(claims: readonly Claim[]): Record<Verdict, number> {
  return Object.fromEntries(
    NAMES.map((name) => [name, claims.filter(({ verdict }) => verdict === name).length]),
  ) as Record<Verdict, number>;
}

/** That each ratio needs a choice of its own. */
function choicesText(claims: readonly Claim[]): string {
  const ratios = claims.filter(({ where, command }) => where === 'text' && command === 'sonic compare');
  const chosen = ratios.filter(({ verdict }) => verdict === 'reproduced under a stated choice');
  if (chosen.length === 0) return 'No ratio is reproduced under a single stated choice.';
  const whys = new Set(chosen.map(({ why }) => why.replace(/^.*? with /, '')));
  return (
    `The ${chosen.length} ratios that are reproduced under a stated choice need ${whys.size} different ones (${[...whys].join('; ')}): a choice picked for one ratio puts others off, ` +
    'and picked afterwards it is no evidence for any ([All choices together](#all-choices-together)).'
  );
}

export function verdictSection(replication: Replication): string {
  const claims = claimsOf(replication);
  const counts = countVerdicts(claims);
  return [
    '## Verdicts',
    markdownTable(
      NAMES.filter((name) => counts[name] > 0),
      [
        { title: 'verdict', value: (name) => name },
        { title: 'claims', align: 'right', value: (name) => String(counts[name]) },
        { title: 'which means', value: (name) => VERDICTS[name] },
      ],
    ),
    `Of ${claims.length} rows below. Verdicts are computed from the numbers beside them; SONIC's paper prints no absolute power, FPS/W or energy per bit of any ` +
      'design, so only ratios of two modelled quantities can be compared. Its figures were not read.',
    choicesText(claims),
    '## Claim by claim',
    markdownTable(claims, [
      { title: 'where', value: ({ where }) => where },
      { title: 'claim', value: ({ claim }) => claim },
      { title: 'published', align: 'right', value: ({ published }) => published },
      { title: 'ours', align: 'right', value: ({ ours }) => ours },
      { title: 'command', value: ({ command }) => `\`${command}\`` },
      { title: 'verdict', value: ({ verdict }) => (verdict === 'contradicted' ? `**${verdict}**` : verdict) },
      { title: 'under which choice, or why', value: ({ why }) => why },
    ]),
  ].join('\n\n');
}
