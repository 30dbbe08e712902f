/** The house: what CONTRIBUTING.md and FEATURES.md say of rooms, tours and commands is so, and lint keeps imports in order. */
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { copyFile, mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Command } from 'commander';
import { beforeAll, describe, expect, it } from 'vitest';
import { sonicProgram } from '../src/cli/program.js';
import { temporaryFolder } from './helpers/folder.js';

const ROOT = fileURLToPath(new URL('../', import.meta.url));
const read = (path: string) => readFileSync(ROOT + path, 'utf8');

/** From the lowest to the highest. */
const ROOMS = [
  ...['base', 'hardware', 'datasets', 'networks', 'emulation'],
  ...['cost', 'training', 'experiments', 'report', 'cli'],
];

/** Files and folders of the repository in backticks. */
function namedPaths(text: string): string[] {
  return [
    ...text.matchAll(
      /`((?:src|test|scripts|docs|examples|checkpoints|datasets|\.ci)\/[\w./-]*|[\w.]+\.(?:md|json|ts))`/g,
    ),
  ]
    .map(([, path]) => path!)
    .filter((path) => path.includes('/') || !/^(model\.ts|published\.json|README\.md|reference\.ts)$/.test(path));
}

/** Files that a page links to, without anchors. */
const linkedPaths = (text: string) => [...text.matchAll(/\]\(([^)#:]+?)(?:#[^)]*)?\)/g)].map(([, path]) => path!);

describe.each(['CONTRIBUTING.md', 'FEATURES.md', 'docs/decisions/README.md'])('%s', (page) => {
  const text = read(page);
  it('names files that there are', () => {
    const missing = namedPaths(text).filter((path) => !existsSync(ROOT + path));
    expect(missing).toEqual([]);
    const folder = `${ROOT}${dirname(page)}/`;
    expect(linkedPaths(text).filter((path) => !existsSync(folder + path))).toEqual([]);
    expect(namedPaths(text).length + linkedPaths(text).length).toBeGreaterThan(8);
  });
});

it('has nothing in its root but what belongs there', () => {
  const { status, stdout } = spawnSync('git', ['-C', ROOT, 'ls-files'], { encoding: 'utf8' });
  // An unpacked archive has no list of what belongs to it.
  if (status !== 0) return;
  const top = [
    ...new Set(
      stdout
        .trim()
        .split('\n')
        .map((path) => path.split('/')[0]!),
    ),
  ];
  const known = [
    ...[
      '.ci',
      '.gitignore',
      '.npmrc',
      'biome.json',
      'package.json',
      'package-lock.json',
      'tsconfig.json',
      'vitest.config.ts',
    ],
    ...[
      'README.md',
      'CHANGELOG.md',
      'CONTRIBUTING.md',
      'FEATURES.md',
      'LICENSE',
      'CITATION.cff',
      'Dockerfile',
      '.dockerignore',
    ],
    ...['src', 'test', 'scripts', 'docs', 'examples', 'checkpoints', 'datasets', 'site'],
  ];
  expect(top.filter((name) => !known.includes(name))).toEqual([]);
});

it('finds a missing file', () => {
  expect(namedPaths('`src/nowhere/ring.ts` and `npm test`').filter((path) => !existsSync(ROOT + path))).toEqual([
    'src/nowhere/ring.ts',
  ]);
});

describe('files that comments, scripts and pages name by folder', () => {
  const files = ['src', 'test', 'scripts', 'docs', 'examples', 'site', '.ci']
    .flatMap((top) => readdirSync(ROOT + top, { recursive: true, encoding: 'utf8' }).map((path) => `${top}/${path}`))
    .filter((path) => !path.startsWith('site/dist/'));
  const named = (text: string) =>
    [...text.matchAll(/(?<![\w./@:$-])((?:[\w-]+\/)+[\w.-]+\.(?:ts|mjs))\b/g)].map(([, path]) => path!);
  const isThere = (path: string) => files.some((file) => file === path || file.endsWith(`/${path}`));

  it('are there', () => {
    const readers = files.filter((file) => !file.startsWith('test/') && /\.(ts|mjs|md|sh)$|^\.ci\/run$/.test(file));
    const all = readers.map((file) => ({ file, paths: named(read(file)) }));
    expect(all.flatMap(({ paths }) => paths).length).toBeGreaterThan(50);
    expect(
      all.flatMap(({ file, paths }) => paths.filter((path) => !isThere(path)).map((path) => [file, path])),
    ).toEqual([]);
  });

  it('are missed where they are not', () => {
    expect(named('// as in optics/ring.ts, and hardware/none.ts').map(isThere)).toEqual([true, false]);
  });
});

describe('rooms', () => {
  it('are ten, each with a README', () => {
    const folders = readdirSync(`${ROOT}src`, { withFileTypes: true }).filter((entry) => entry.isDirectory());
    expect(folders.map(({ name }) => name).sort()).toEqual([...ROOMS].sort());
    for (const room of ROOMS) {
      const text = read(`src/${room}/README.md`);
      expect(text, room).toContain(`# ${room}: `);
      expect(text, room).toMatch(/^May use: /m);
      expect(text, room).toMatch(/^Not here: /m);
    }
  });

  it('are all on the map', () => {
    for (const room of ROOMS) expect(read('CONTRIBUTING.md')).toContain(`[${room}](src/${room}/README.md)`);
  });
});

interface Stop {
  readonly number: number;
  readonly file: string;
  readonly called: string;
  /** Stop that calls it, and what the call looks like there. */
  readonly from: { readonly number: number; readonly call: string } | null;
}

function toursOf(text: string): Stop[][] {
  const tours = text.slice(text.indexOf('## Two tours'), text.indexOf('## How to add')).split(/^### /m).slice(1);
  return tours.map((tour) =>
    [...tour.matchAll(/^\| (\d+) \| `([^`]+)` \| `([^`]+)` \| (?:(\d+): `([^`]+)`)? ?\| .+ \|$/gm)].map(
      ([, number, file, called, from, call]) => ({
        number: Number(number),
        file: file!,
        called: called!,
        from: from ? { number: Number(from), call: call! } : null,
      }),
    ),
  );
}

describe.each([0, 1])('tour %i', (which) => {
  const stops = toursOf(read('CONTRIBUTING.md'))[which]!;

  it('has at most 12 stops, each another file', () => {
    expect(stops.length).toBeGreaterThan(8);
    expect(stops.length).toBeLessThanOrEqual(12);
    expect(stops.map(({ number }) => number)).toEqual(stops.map((_, i) => i + 1));
    expect(new Set(stops.map(({ file }) => file)).size).toBe(stops.length);
  });

  it('names functions that are there, and calls that an earlier stop makes', () => {
    expect(stops.filter(({ from }) => from === null).map(({ number }) => number)).toEqual([1]);
    for (const { number, file, called, from } of stops) {
      expect(read(file), file).toMatch(new RegExp(`^(export )?(default )?(async )?function ${called}\\b`, 'm'));
      if (!from) continue;
      expect(from.number).toBeLessThan(number);
      expect(read(stops[from.number - 1]!.file), `${from.call} of stop ${number}`).toContain(from.call);
    }
  });
});

it('there are two tours', () => expect(toursOf(read('CONTRIBUTING.md'))).toHaveLength(2));

describe('imports', () => {
  const folder = temporaryFolder();
  interface Diagnostic {
    readonly category: string;
    readonly message: string;
    readonly location: { readonly path: string };
  }

  /** What biome says, under the project's own rules, of files that are not the project's. */
  async function lint(name: string, files: Readonly<Record<string, string>>): Promise<Diagnostic[]> {
    for (const [path, text] of Object.entries(files)) {
      await mkdir(dirname(folder.path(`${name}/${path}`)), { recursive: true });
      await writeFile(folder.path(`${name}/${path}`), text);
    }
    await copyFile(`${ROOT}biome.json`, folder.path(`${name}/biome.json`));
    const args = [`${ROOT}node_modules/@biomejs/biome/bin/biome`, 'lint', '--reporter=json', '--max-diagnostics=none'];
    const { stdout } = spawnSync(process.execPath, args, { cwd: folder.path(name), encoding: 'utf8' });
    return (JSON.parse(stdout) as { diagnostics: Diagnostic[] }).diagnostics;
  }

  it('run downwards only: every room refuses every room above it', async () => {
    const files: Record<string, string> = {};
    for (const [upper, room] of ROOMS.entries()) {
      files[`src/${room}/thing.ts`] = 'export type Thing = number;\n';
      for (const below of ROOMS.slice(0, upper)) {
        files[`src/${below}/from-${room}.ts`] =
          `import type { Thing } from '../${room}/thing.js';\n\nexport type From = Thing;\n`;
      }
    }
    const diagnostics = await lint('upwards', files);
    expect(new Set(diagnostics.map(({ category }) => category))).toEqual(new Set(['lint/style/noRestrictedImports']));
    const refused = diagnostics.map(({ location }) => location.path).sort();
    expect(refused).toEqual(
      Object.keys(files)
        .filter((path) => path.includes('/from-'))
        .sort(),
    );
  });

  it('run downwards only between the parts of emulation, too', async () => {
    const parts = ['program', 'compiler', 'kernels', 'backends', 'calibration', 'emulator'];
    const files: Record<string, string> = {};
    for (const [upper, part] of parts.entries()) {
      files[`src/emulation/${part}/thing.ts`] = 'export type Thing = number;\n';
      for (const below of parts.slice(0, upper)) {
        files[`src/emulation/${below}/from-${part}.ts`] =
          `import type { Thing } from '../${part}/thing.js';\n\nexport type From = Thing;\n`;
      }
    }
    const refused = (await lint('parts', files)).map(({ location }) => location.path).sort();
    expect(refused).toEqual(
      Object.keys(files)
        .filter((path) => path.includes('/from-'))
        .sort(),
    );
  });

  it('may run downwards', async () => {
    const thing = 'export type Thing = number;\n';
    const uses = "import type { Thing } from '../base/thing.js';\n\nexport type Used = Thing;\n";
    const above = ROOMS.slice(1).map((room) => [`src/${room}/uses.ts`, uses] as const);
    expect(await lint('downwards', { 'src/base/thing.ts': thing, ...Object.fromEntries(above) })).toEqual([]);
  });

  it('make no circle, types included', async () => {
    const circle = (other: string) => `import type { T } from './${other}.js';\n\nexport type U = T;\n`;
    const diagnostics = await lint('circle', {
      'src/base/a.ts': circle('b'),
      'src/base/b.ts': circle('c'),
      'src/base/c.ts': circle('a'),
    });
    expect(diagnostics.map(({ category, location }) => `${location.path} ${category}`).sort()).toEqual(
      ['a', 'b', 'c'].map((file) => `src/base/${file}.ts lint/suspicious/noImportCycles`),
    );
  });

  it('are what npm run check looks at', async () => {
    const { scripts } = JSON.parse(await readFile(`${ROOT}package.json`, 'utf8')) as {
      scripts: Record<string, string>;
    };
    expect(scripts['check']).toContain('npm run lint');
    expect(scripts['lint']).toContain('biome check');
  });
});

describe('FEATURES.md and the command line', () => {
  /** Commands with their full names, the program itself first. */
  function commandsOf(command: Command, name = command.name()): { name: string; flags: string[] }[] {
    const flags = command.options.flatMap(({ short, long }) => [short, long].filter((flag) => flag !== undefined));
    const below = command.commands.filter((one) => one.name() !== 'help');
    return [{ name, flags }, ...below.flatMap((one) => commandsOf(one, `${name} ${one.name()}`))];
  }

  /** Row of a command: its name and arguments, in capitals, are the first cell. */
  const rows = new Map(
    [...read('FEATURES.md').matchAll(/^\| `(sonic[a-z ]*?)(?: [A-Z][^`]*)?` \|.*$/gm)].map(([row, name]) => [
      name!,
      row,
    ]),
  );
  let commands: { name: string; flags: string[] }[];
  beforeAll(async () => {
    commands = commandsOf(await sonicProgram([]));
  });

  it('have the same commands', () => {
    expect([...rows.keys()].sort()).toEqual(commands.map(({ name }) => name).sort());
  });

  it('have the same flags, command by command', () => {
    for (const { name, flags } of commands) {
      const [, , , written] = rows.get(name)!.split(/(?<!\\)\|/);
      const named = [...written!.matchAll(/(?<![\w-])--?[a-zA-Z][\w-]*/g)].map(([flag]) => flag);
      const help = name === 'sonic' ? ['-h', '--help'] : [];
      expect(named.sort(), name).toEqual([...flags, ...help].sort());
    }
  });

  it('name tests for each command', () => {
    for (const [name, row] of rows) expect(row, name).toMatch(/`test\/[^`]+`/);
  });
});
