/** `npm run docs:check`: reruns the commands that README and docs name for their figures, and compares. */
import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { writeFileAtomic } from '../../dist/base/files.js';
import { pageBlocks, pageMarker } from './markers.mjs';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const SONIC = `"${process.execPath}" "${ROOT}dist/cli/main.js"`;

const HELP = `Usage: npm run docs:check -- [OPTIONS] [PAGE...]

Compares the figures of README.md and docs/*.md with what the commands named before them print: cheap ones are rerun, the
others are listed with the reason. Exits 1 where one differs. scripts/docs/markers.mjs has the markers.

  --update   write what the commands print into the pages
  --all      rerun the expensive ones, too
  --list     only list what there is
  --root DIR where README.md and docs/ lie (default: this repository)
`;

/** Pages under the rule, from the root. */
export function documentedPages(root = ROOT) {
  return [
    'README.md',
    ...readdirSync(join(root, 'docs'))
      .filter((name) => name.endsWith('.md'))
      .map((name) => `docs/${name}`),
  ];
}

/** The command as a shell line: `sonic` and `npm start` are the built executable. */
export function shellLine(command) {
  return command
    .replace(/^npm start(?= |$)/, `${SONIC} run mnist`)
    .replace(/^(npm run sonic --|sonic)(?= )/, SONIC)
    .replace(/^node scripts\//, `"${process.execPath}" ${ROOT}scripts/`);
}

function runShell(command, cwd) {
  return new Promise((resolve, reject) => {
    const child = spawn('sh', ['-c', shellLine(command)], { cwd, stdio: ['ignore', 'pipe', 'pipe'] });
    let [out, errors] = ['', ''];
    child.stdout.on('data', (chunk) => {
      out += chunk;
    });
    child.stderr.on('data', (chunk) => {
      errors += chunk;
    });
    child.on('error', reject);
    child.on('close', (code) => {
      if (code === 0) resolve(out);
      else reject(new Error(`'${command}' exits ${code}: ${errors.trim().split('\n').at(-1)}`));
    });
  });
}

/** What a marker's command prints, each command run once. */
function outputs(root) {
  const known = new Map();
  return (command) => {
    if (!known.has(command)) known.set(command, runShell(command, root));
    return known.get(command);
  };
}

/** A page as its command writes it, in a folder where the page's path is the same. */
async function writtenPage(command, page) {
  const folder = mkdtempSync(join(tmpdir(), 'sonic-docs-'));
  try {
    mkdirSync(dirname(join(folder, page)), { recursive: true });
    await runShell(command, folder);
    return readFileSync(join(folder, page), 'utf8');
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

const trimmed = (text) => text.split('\n').map((line) => line.trimEnd());

/** The lines of the output that the block shows. */
export function shownLines(output, { part, skip = 0 }) {
  const lines = trimmed(output.replace(/\n+$/, ''));
  if (part === undefined) return lines.slice(skip);
  const parts = lines.join('\n').split(/\n{2,}/);
  if (part > parts.length) throw new Error(`the output has ${parts.length} parts, no part ${part}`);
  return parts[part - 1].split('\n').slice(skip);
}

/** The first line in which two texts differ, lines that begin with one of `except` aside; null where none does. */
export function firstDifference(shown, now, except = '') {
  const aside = except
    .split(',')
    .map((one) => one.trim())
    .filter(Boolean);
  const kept = (lines) => lines.map((line) => aside.find((begin) => line.startsWith(begin)) ?? line.trimEnd());
  const [a, b] = [kept(shown), kept(now)];
  for (let i = 0; i < Math.max(a.length, b.length); i++)
    if (a[i] !== b[i]) return { line: i, was: a[i] ?? '(nothing)', now: b[i] ?? '(nothing)' };
  return null;
}

/** Compares a page; `changed` is its text with what the commands print now. */
async function checkPage(page, { all, list, root }, outputOf) {
  const text = readFileSync(join(root, page), 'utf8');
  const results = [];
  const whole = pageMarker(text, page);
  const entries = whole
    ? [{ marker: whole, first: 0, last: text.split('\n').length - 1, whole: true }]
    : pageBlocks(text, page).filter(({ marker }) => marker);
  const lines = text.split('\n');
  let shift = 0;
  for (const { marker, first, last, whole: isWhole } of entries) {
    const place = `${page}:${first + 1}`;
    if (marker.kind === 'source') {
      results.push({ place, state: 'not rerun', what: marker.text });
      continue;
    }
    if (list || (marker.notRerun && !all)) {
      results.push({
        place,
        state: marker.notRerun ? 'not rerun' : 'cheap',
        what: `${marker.command}${marker.notRerun ? `: ${marker.notRerun}` : ''}`,
      });
      continue;
    }
    try {
      const now = isWhole
        ? (await writtenPage(marker.command, page)).split('\n')
        : shownLines(await outputOf(marker.command), marker);
      const from = first + shift;
      const shown = lines.slice(from, last + shift + 1);
      const difference = firstDifference(shown, now, marker.except);
      results.push(
        difference
          ? { place: `${page}:${first + difference.line + 1}`, state: 'differs', what: marker.command, difference }
          : { place, state: 'same', what: marker.command },
      );
      if (difference) {
        lines.splice(from, shown.length, ...now);
        shift += now.length - shown.length;
      }
    } catch (error) {
      results.push({ place, state: 'fails', what: error.message });
    }
  }
  return { page, results, text, changed: lines.join('\n') };
}

async function main() {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      update: { type: 'boolean' },
      all: { type: 'boolean' },
      list: { type: 'boolean' },
      help: { type: 'boolean' },
      root: { type: 'string', default: ROOT },
    },
  });
  if (values.help) return void process.stdout.write(HELP);
  const { root } = values;
  const known = documentedPages(root);
  const unknown = positionals.find((page) => !known.includes(page));
  if (unknown) throw new Error(`no page '${unknown}'; there are ${known.join(', ')}`);
  const outputOf = outputs(root);
  const counts = {};
  for (const page of positionals.length > 0 ? positionals : known) {
    const { results, text, changed } = await checkPage(page, values, outputOf);
    for (const { place, state, what, difference } of results) {
      counts[state] = (counts[state] ?? 0) + 1;
      process.stdout.write(`${state.padEnd(9)}  ${place}  ${what}\n`);
      if (difference && !values.update)
        process.stdout.write(`           page: ${difference.was}\n           now:  ${difference.now}\n`);
    }
    if (values.update && changed !== text) {
      await writeFileAtomic(join(root, page), changed);
      process.stdout.write(`wrote      ${page}\n`);
    }
  }
  process.stdout.write(
    `${Object.entries(counts)
      .map(([state, count]) => `${count} ${state}`)
      .join(', ')}\n`,
  );
  if (counts.fails || (counts.differs && !values.update)) process.exitCode = 1;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  main().catch((error) => {
    process.stderr.write(`docs:check: ${error.message}\n`);
    process.exitCode = 1;
  });
}
