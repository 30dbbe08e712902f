/** Builds a package: its code from npm, the TensorFlow library from wheels, the addon compiled against it. */
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { cacheFolder, seal } from './cache.mjs';
import { checkCompiler, checkDisk, findPython, npmFolder, run, StepError } from './steps.mjs';
import { NAPI, TFJS_NODE } from './variants.mjs';
import { fetchWheel, unpackWheel } from './wheels.mjs';

/** The package from the npm registry with what it needs beside TensorFlow.js itself, nothing of it run. */
function fetchPackage(work, npm, name) {
  const npmCli = join(npm, 'bin', 'npm-cli.js');
  const remedy = 'Check that the npm registry is reachable.';
  run(`Fetching @tensorflow/${name}`, process.execPath, [npmCli, 'pack', `@tensorflow/${name}@${TFJS_NODE}`], {
    cwd: work,
    remedy,
  });
  run(`Unpacking @tensorflow/${name}`, 'tar', ['-xzf', `tensorflow-${name}-${TFJS_NODE}.tgz`], {
    cwd: work,
    remedy: 'Is tar installed?',
  });
  const manifest = JSON.parse(readFileSync(join(work, 'package', 'package.json'), 'utf8'));
  const { '@tensorflow/tfjs': _shared, ...dependencies } = manifest.dependencies;
  const nested = join(work, 'nested');
  mkdirSync(nested);
  writeFileSync(join(nested, 'package.json'), JSON.stringify({ private: true, dependencies }));
  run(
    "Fetching the package's dependencies",
    process.execPath,
    [npmCli, 'install', '--ignore-scripts', '--no-audit', '--no-fund', '--no-package-lock', '--loglevel=error'],
    { cwd: nested, remedy },
  );
  renameSync(join(nested, 'node_modules'), join(work, 'package', 'node_modules'));
}

/** Puts the wheels' libraries and headers where the addon's build and the library's run path look for them. */
function unpackLibrary(wheels, work, python) {
  const [library, ...others] = wheels;
  const unpacked = join(work, 'wheel');
  const deps = join(work, 'package', 'deps');
  mkdirSync(unpacked);
  mkdirSync(join(deps, 'lib'), { recursive: true });
  const libraries = ['libtensorflow_cc.so.2', 'libtensorflow_framework.so.2'];
  unpackWheel(library, python, unpacked, ['tensorflow/include/', ...libraries.map((name) => `tensorflow/${name}`)]);
  renameSync(join(unpacked, 'tensorflow', 'include'), join(deps, 'include'));
  for (const name of libraries) renameSync(join(unpacked, 'tensorflow', name), join(deps, 'lib', name));
  symlinkSync('libtensorflow_cc.so.2', join(deps, 'lib', 'libtensorflow.so.2'));
  symlinkSync('libtensorflow_cc.so.2', join(deps, 'lib', 'libtensorflow.so'));
  symlinkSync('libtensorflow_framework.so.2', join(deps, 'lib', 'libtensorflow_framework.so'));
  // The library's run path has $ORIGIN/../nvidia/*/lib.
  for (const wheel of others) unpackWheel(wheel, python, deps, ['nvidia/']);
}

function compileAddon(work, npm) {
  const folder = join(work, 'package');
  const gyp = join(npm, 'node_modules', 'node-gyp', 'bin', 'node-gyp.js');
  const nodeHome = dirname(dirname(process.execPath));
  const headers = existsSync(join(nodeHome, 'include', 'node', 'node_api.h')) ? [`--nodedir=${nodeHome}`] : [];
  const addon = join(folder, 'lib', `napi-v${NAPI}`);
  const options = ['--module_name=tfjs_binding', `--module_path=${addon}`, `--napi_build_version=${NAPI}`];
  run('Compiling the addon', process.execPath, [gyp, 'rebuild', ...options, ...headers], {
    cwd: folder,
    remedy:
      "node-gyp needs g++, make, Python and Node's headers (fetched from nodejs.org where they are not installed).",
  });
  if (!existsSync(join(addon, 'tfjs_binding.node'))) throw new StepError(`the build left no addon in ${addon}`);
  rmSync(join(folder, 'build'), { recursive: true, force: true });
  rmSync(join(folder, 'deps', 'include'), { recursive: true, force: true });
}

/** Makes the cached package; it appears under its final name only when whole. Wheels are kept until then. */
export async function fillCache(cached, variant) {
  const [python, npm] = [findPython(), npmFolder()];
  checkCompiler();
  checkDisk(cacheFolder(), variant);
  const total_MB = Math.round(variant.wheels.reduce((sum, { bytes }) => sum + bytes, 0) / 1e6);
  console.log(
    `to fetch: ${total_MB} MB; disk: ${variant.disk_GB} GB while installing, ${variant.kept_GB} GB afterwards, in ${cacheFolder()}`,
  );
  const downloads = join(cacheFolder(), 'downloads');
  const wheels = [];
  for (const wheel of variant.wheels) wheels.push(await fetchWheel(downloads, python, wheel));
  const work = mkdtempSync(`${cached}.partial-`);
  try {
    console.log(`fetching @tensorflow/${variant.package} ${TFJS_NODE}`);
    fetchPackage(work, npm, variant.package);
    console.log('unpacking');
    unpackLibrary(wheels, work, python);
    console.log('compiling the addon');
    compileAddon(work, npm);
    await seal(join(work, 'package'));
    rmSync(cached, { recursive: true, force: true });
    renameSync(join(work, 'package'), cached);
    for (const wheel of wheels) rmSync(wheel);
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}
