/** `npm run bundle`: one archive for machines without network. Node, the emulator, data and checkpoints; nothing to install. */
import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  copyFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { bundleFiles } from './files.mjs';

const ROOT = dirname(dirname(dirname(fileURLToPath(import.meta.url))));
const LIMIT_MiB = 64;

const HELP = `Usage: npm run bundle -- [OPTIONS]

Makes one archive of everything that 'sonic run' needs with the backends wasm, reference and webgpu, for Linux machines
without network or Node: this Node, the emulator, the packages it loads, data sets and checkpoints.

  --output FILE   where to (default: sonic-photonics-VERSION-linux-x64.tar.xz)
  --folder DIR    a folder instead of an archive; it must not exist

On the other machine:
  tar xf sonic-photonics-VERSION-linux-x64.tar.xz
  sonic-photonics-VERSION-linux-x64/sonic run mnist
  sonic-photonics-VERSION-linux-x64/sonic run mnist --backend webgpu       (a GPU with a Vulkan driver, and libvulkan1)

Not in it: TensorFlow's library (backends tensorflow, tensorflow-gpu) and DuckDB (sonic results --sql, Parquet).
`;

/** Shared libraries that every Linux of the GNU kind has, which Node's own builds keep to. */
const EVERYWHERE = /^(linux-vdso|libdl|libm|libc|libpthread|librt|libstdc\+\+|libgcc_s|ld-linux-[\w-]+|libatomic)\.so/;

const LAUNCHER = `#!/bin/sh
# sonic, with the Node beside it.
here=$(dirname -- "$(readlink -f -- "$0")")
exec "$here/bin/node" "$here/dist/cli/main.js" "$@"
`;

class Problem extends Error {}

function tool(command, args, options = {}) {
  const done = spawnSync(command, args, { encoding: 'utf8', ...options });
  if (done.error) throw new Problem(`'${command}' does not start (${done.error.code}): install it, and run this again`);
  if (done.status !== 0) throw new Problem(`'${command} ${args[0]}' fails: ${done.stderr?.trim().split('\n').at(-1)}`);
  return done.stdout;
}

/** A Node of a distribution may be linked against libraries that another machine lacks. */
function checkNode() {
  const needed = tool('ldd', [process.execPath])
    .split('\n')
    .map((line) => basename(line.trim().split(/\s/)[0]))
    .filter(Boolean);
  const foreign = needed.filter((name) => !EVERYWHERE.test(name));
  if (foreign.length === 0) return;
  throw new Problem(
    `${process.execPath} needs ${foreign.join(', ')}, which other machines may lack: run this with a Node of nodejs.org`,
  );
}

/** Symbols for debuggers are a tenth of it; where there is no \`strip\`, they travel. */
function copyNode(folder) {
  mkdirSync(join(folder, 'bin'));
  const node = join(folder, 'bin', 'node');
  copyFileSync(process.execPath, node);
  chmodSync(node, 0o755);
  spawnSync('strip', [node]);
  const licence = [
    join(dirname(dirname(process.execPath)), 'LICENSE'),
    join(dirname(dirname(process.execPath)), 'share', 'doc', 'nodejs', 'LICENSE'),
    '/usr/share/doc/nodejs/LICENSE',
    '/usr/share/doc/nodejs/copyright',
  ].find((file) => existsSync(file));
  const where = `Node.js ${process.version}, MIT and others: https://github.com/nodejs/node/blob/${process.version}/LICENSE\n`;
  writeFileSync(join(folder, 'bin', 'LICENSE.node'), licence ? readFileSync(licence) : where);
}

async function fill(folder) {
  for (const file of await bundleFiles(ROOT)) {
    const to = join(folder, file);
    mkdirSync(dirname(to), { recursive: true });
    cpSync(join(ROOT, file), to, { dereference: true });
  }
  copyNode(folder);
  writeFileSync(join(folder, 'sonic'), LAUNCHER);
  chmodSync(join(folder, 'sonic'), 0o755);
}

/** The same bytes from the same files: sorted, of no one, of no time. */
function pack(folder, output) {
  const partial = `${output}.part`;
  try {
    tool(
      'tar',
      [
        '--sort=name',
        '--mtime=@0',
        '--owner=0',
        '--group=0',
        '--numeric-owner',
        '--use-compress-program=xz -9 -T0',
        '-cf',
        partial,
        '-C',
        dirname(folder),
        basename(folder),
      ],
      { env: process.env },
    );
    renameSync(partial, output);
  } finally {
    rmSync(partial, { force: true });
  }
}

async function main() {
  const { values } = parseArgs({
    options: { output: { type: 'string' }, folder: { type: 'string' }, help: { type: 'boolean', short: 'h' } },
  });
  if (values.help) return process.stdout.write(HELP);
  if (process.platform !== 'linux') throw new Problem('bundles are made on Linux, for Linux');
  checkNode();
  const { version } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'));
  const name = `sonic-photonics-${version}-linux-${process.arch}`;
  if (values.folder !== undefined) {
    if (existsSync(values.folder)) throw new Problem(`--folder ${values.folder}: exists; name one that does not`);
    const folder = resolve(values.folder);
    mkdirSync(folder, { recursive: true });
    await fill(folder);
    return process.stdout.write(`${folder}\n`);
  }
  const output = resolve(values.output ?? `${name}.tar.xz`);
  if (!existsSync(dirname(output))) throw new Problem(`--output ${output}: there is no folder ${dirname(output)}`);
  const stage = mkdtempSync(join(tmpdir(), 'sonic-bundle-'));
  try {
    const folder = join(stage, name);
    mkdirSync(folder);
    process.stderr.write('copies files\n');
    await fill(folder);
    process.stderr.write('compresses (a minute or two)\n');
    pack(folder, output);
  } finally {
    rmSync(stage, { recursive: true, force: true });
  }
  const size_MiB = statSync(output).size / 2 ** 20;
  process.stdout.write(`${output}: ${size_MiB.toFixed(1)} MiB\n`);
  if (size_MiB > LIMIT_MiB) throw new Problem(`larger than ${LIMIT_MiB} MiB`);
}

try {
  await main();
} catch (error) {
  const isUsage = String(error.code).startsWith('ERR_PARSE_ARGS');
  if (!(error instanceof Problem || isUsage)) throw error;
  process.stderr.write(`bundle: ${error.message}${isUsage ? ' (npm run bundle -- --help)' : ''}\n`);
  process.exitCode = isUsage ? 2 : 1;
}
