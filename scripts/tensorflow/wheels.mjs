/** Wheels from the Python package index: each is kept once it is whole, so that a broken installation goes on where it was. */
import { createHash } from 'node:crypto';
import { createReadStream, mkdirSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { run, StepError } from './steps.mjs';

export async function sha256Of(file) {
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(file)) hash.update(chunk);
  return hash.digest('hex');
}

/** The file that holds `name` `version` in `folder`. */
function findWheel(folder, { name, version }) {
  const prefix = `${name.replaceAll('-', '_')}-${version}-`;
  const found = readdirSync(folder).find((file) => file.startsWith(prefix) && file.endsWith('.whl'));
  return found ? join(folder, found) : null;
}

function download(folder, python, { name, version, bytes }) {
  const platforms = ['manylinux1_x86_64', 'manylinux2014_x86_64', 'manylinux_2_17_x86_64'];
  const options = [
    '--quiet',
    '--disable-pip-version-check',
    '--no-deps',
    '--only-binary=:all:',
    '--python-version',
    '3.11',
  ];
  run(
    `Fetching ${name} ${version} (${Math.round(bytes / 1e6)} MB)`,
    python,
    [
      ...['-m', 'pip', 'download', ...options],
      ...platforms.flatMap((platform) => ['--platform', platform]),
      ...['--dest', folder, `${name}==${version}`],
    ],
    {
      cwd: folder,
      remedy:
        'Check that PyPI (or the index pip is configured with) is reachable and the disk has room, and run this again: ' +
        'what has been fetched is kept.',
    },
  );
}

/** The wheel's path, fetched unless a whole one is there. @throws StepError where it is not the published file. */
export async function fetchWheel(folder, python, wheel) {
  mkdirSync(folder, { recursive: true });
  const kept = findWheel(folder, wheel);
  if (kept) {
    if ((await sha256Of(kept)) === wheel.sha256) return kept;
    console.log(`${wheel.name}: what was fetched before is damaged, fetching it anew`);
    rmSync(kept);
  }
  console.log(`fetching ${wheel.name} ${wheel.version} (${Math.round(wheel.bytes / 1e6)} MB)`);
  download(folder, python, wheel);
  const fetched = findWheel(folder, wheel);
  if (!fetched) throw new StepError(`pip reported success but left no wheel of ${wheel.name} behind: run this again`);
  const digest = await sha256Of(fetched);
  if (digest === wheel.sha256) return fetched;
  rmSync(fetched);
  throw new StepError(
    `the SHA-256 of ${wheel.name}'s wheel is ${digest}, expected ${wheel.sha256}: not the published file, nothing was installed`,
  );
}

/** Unpacks members of a wheel whose names start with one of `wanted`. */
export function unpackWheel(file, python, into, wanted) {
  const script = [
    'import sys, zipfile',
    'z = zipfile.ZipFile(sys.argv[1])',
    'z.extractall(sys.argv[2], [n for n in z.namelist() if n.startswith(tuple(sys.argv[3:]))])',
  ].join('\n');
  run('Unpacking a wheel', python, ['-c', script, file, into, ...wanted], { cwd: into, remedy: 'Is the disk full?' });
}
