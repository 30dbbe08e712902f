/** `sonic results merge`, `verify` and `prune`: what keeps a store. */
import { resolve } from 'node:path';
import type { Command } from 'commander';
import type { Damage } from '../experiments/store/store.js';
import { oneLine } from './failure.js';
import { storeOption } from './options.js';
import { createProgress } from './progress.js';

const damageText = ({ file, problem }: Damage) => oneLine(`${file}: ${problem}`);

/** Passes every damage on once, however often its file is met. */
function onceEach(tell: (damage: Damage) => void): (damage: Damage) => void {
  const told = new Set<string>();
  return (damage) => {
    const text = damageText(damage);
    if (told.has(text)) return;
    told.add(text);
    tell(damage);
  };
}

/** Names damaged files on stderr as they are first met. */
export function damageWarner(): (damage: Damage) => void {
  return onceEach((damage) => {
    process.stderr.write(`sonic: damaged, counts as absent: ${damageText(damage)}\n`);
  });
}

const counted = (count: number, one: string, many = `${one}s`) => `${count} ${count === 1 ? one : many}`;

async function merge(froms: readonly string[], _: unknown, command: Command): Promise<void> {
  const { store: folder } = command.optsWithGlobals<{ store: string }>();
  const [{ openTrialStore }, { mergeStores }, { UsageError, SonicError }] = await Promise.all([
    import('../experiments/store/store.js'),
    import('../experiments/store/keep.js'),
    import('../base/errors.js'),
  ]);
  const same = froms.find((from) => resolve(from) === resolve(folder));
  if (same !== undefined) throw new UsageError(`'${same}' is the store to merge into; name others before --store`);
  const onDamage = damageWarner();
  const sources = [];
  for (const from of froms) sources.push(await openTrialStore(from, { readOnly: true, onDamage }));
  const into = await openTrialStore(folder, { onDamage });
  const progress = createProgress('trials');
  const report = await mergeStores(sources, into, (done) => {
    if (done % 20 === 0) progress.stage(`merging: ${counted(done, 'trial')}`);
  }).finally(() => progress.stop());
  process.stdout.write(
    `${counted(report.copied, 'trial')} copied into ${folder}, ${report.present} there already, ` +
      `${counted(report.blocks, 'block')} of unfinished trials, ${counted(report.sweeps, 'sweep')}\n`,
  );
  if (report.conflicts.length === 0) return;
  for (const { key, from, difference } of report.conflicts) {
    process.stderr.write(`sonic: trial ${key} of ${from} is left out, it has other numbers: ${oneLine(difference)}\n`);
  }
  throw new SonicError(
    `${counted(report.conflicts.length, 'trial')} with other numbers under the same key; everything else is merged. One of ` +
      'the two computations went wrong: remove the wrong record, or have both computed again',
  );
}

async function verify(_: unknown, command: Command): Promise<void> {
  const { store: folder } = command.optsWithGlobals<{ store: string }>();
  const [{ openTrialStore }, { verifyStore }, { SonicError }] = await Promise.all([
    import('../experiments/store/store.js'),
    import('../experiments/store/keep.js'),
    import('../base/errors.js'),
  ]);
  const damages: Damage[] = [];
  const onDamage = onceEach((damage) => {
    damages.push(damage);
  });
  const progress = createProgress('trials');
  const store = await openTrialStore(folder, { readOnly: true, onDamage });
  const { trials, unfinished, blocks, sweeps } = await verifyStore(store, onDamage, (done) => {
    if (done % 100 === 0) progress.stage(`verifying: ${counted(done, 'trial')}`);
  }).finally(() => progress.stop());
  for (const damage of damages) process.stdout.write(`damaged: ${damageText(damage)}\n`);
  process.stdout.write(
    `${folder}: ${counted(trials, 'whole trial')}, ${counted(blocks, 'block')} of ${counted(unfinished, 'unfinished trial')}, ` +
      `${counted(sweeps, 'sweep')}, ${counted(damages.length, 'damaged file')}\n`,
  );
  if (damages.length > 0) {
    throw new SonicError(
      `${counted(damages.length, 'file')} of '${folder}' cannot be used; they count as absent, and a sweep that needs them computes them again`,
    );
  }
}

interface PruneFlags {
  readonly store: string;
  readonly yes?: boolean;
  readonly unfinished?: boolean;
}

async function prune(_: unknown, command: Command): Promise<void> {
  const { store: folder, yes, unfinished } = command.optsWithGlobals<PruneFlags>();
  const [{ openTrialStore }, { abandoned, codeVersions }, { codeHash }, { renderTable }] = await Promise.all([
    import('../experiments/store/store.js'),
    import('../experiments/store/keep.js'),
    import('../experiments/store/codeHash.js'),
    import('../report/kit/table.js'),
  ]);
  const code = codeHash();
  const store = await openTrialStore(folder, { readOnly: !yes, onDamage: damageWarner() });
  const versions = await codeVersions(store);
  const blocks = unfinished ? await abandoned(store) : [];
  const dropped = [...versions.filter((version) => version.code !== code).flatMap(({ keys }) => keys), ...blocks];
  const table = renderTable(versions, {
    columns: [
      { title: 'code', value: (version) => version.code.slice(0, 16) },
      { title: 'trials', align: 'right', value: ({ keys }) => String(keys.length) },
      { title: 'last finished (UTC)', value: ({ finishedAt }) => finishedAt.slice(0, 16).replace('T', ' ') },
      { title: '', value: (version) => (version.code === code ? 'this version, stays' : 'goes') },
    ],
  });
  if (versions.length > 0) process.stdout.write(`${table}\n`);
  if (unfinished) process.stdout.write(`${counted(blocks.length, 'unfinished trial')} that no process computes\n`);
  if (dropped.length === 0) process.stdout.write(`nothing to remove from ${folder}\n`);
  else if (!yes)
    process.stdout.write(`${counted(dropped.length, 'trial')} would be removed from ${folder}: add --yes\n`);
  else {
    for (const key of dropped) await store.drop(key);
    process.stdout.write(`${counted(dropped.length, 'trial')} removed from ${folder}\n`);
  }
}

/** Adds the three to `sonic results`, whose own --store takes the value wherever it stands. */
export function addKeepingCommands(results: Command): void {
  results
    .command('merge')
    .description('Copy the trials of other stores into one, each once; differing numbers are refused')
    .argument('<FROM...>', 'stores to copy from')
    .addOption(storeOption('store to copy into'))
    .addHelpText('after', '\nExample:\n  sonic results merge shard-1 shard-2 --store all')
    .action(merge);
  results
    .command('verify')
    .description('Read every record and name the damaged ones; exit 1 if there are any')
    .addOption(storeOption())
    .addHelpText('after', '\nExample:\n  sonic results verify --store /net/sonic-store')
    .action(verify);
  results
    .command('prune')
    .description('Remove the trials of other versions of the code')
    .addOption(storeOption())
    .option('--unfinished', 'also what is there of unfinished trials that no process computes')
    .option('--yes', 'remove; without it they are only listed')
    .addHelpText('after', '\nExamples:\n  sonic results prune\n  sonic results prune --unfinished --yes')
    .action(prune);
}
