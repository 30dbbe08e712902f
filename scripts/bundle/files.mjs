/** Which files a machine needs that has nothing installed: found by following imports, not by a list that grows old. */
import { existsSync, readdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, relative, sep } from 'node:path';
import { nodeFileTrace } from '@vercel/nft';

/** Packages that the code names in a variable, or loads only where a backend is chosen: no import leads to them. */
const LOADED_BY_NAME = [
  '@tensorflow/tfjs-core',
  '@tensorflow/tfjs-backend-cpu',
  '@tensorflow/tfjs-layers',
  '@tensorflow/tfjs-backend-wasm',
  '@tensorflow/tfjs-backend-webgpu',
  'webgpu',
];

/** Not for the backends of a bundle, or too large for what it does there: 70 MB that only `sonic results` queries with. */
const LEFT_OUT = [
  'node_modules/@tensorflow/tfjs-node/**',
  'node_modules/@tensorflow/tfjs-node-gpu/**',
  'node_modules/@duckdb/**',
  'node_modules/onnxruntime-web/**',
];

/** Folders that travel whole, and what in them does not. */
const WHOLE = [
  'datasets',
  'checkpoints',
  'examples',
  'docs',
  join('test', 'conformance'),
  join('scripts', 'gpu-check'),
];
const NOT_WHOLE = /\.(test\.ts|ts\.snap)$|^examples\/browser\/|^docs\/.*\.(png|svg|html)$/;
const SINGLE = ['LICENSE', 'README.md', 'CHANGELOG.md', 'package.json', join('scripts', 'gpu-check.sh')];

/** Files below a folder, as paths from `root`. */
function filesBelow(root, folder) {
  return readdirSync(join(root, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => relative(root, join(entry.parentPath ?? entry.path, entry.name)));
}

/** Where a package is, as a path from `root`. */
function packageFolder(root, name) {
  return relative(root, dirname(createRequire(join(root, 'package.json')).resolve(`${name}/package.json`)));
}

/** The package that a file of node_modules is in. */
function packageOf(file) {
  const parts = file.split(sep);
  const at = parts.lastIndexOf('node_modules');
  return parts.slice(0, at + (parts[at + 1].startsWith('@') ? 3 : 2)).join(sep);
}

/** Other platforms' builds of native packages. */
function isForeign(file) {
  const builds = /node_modules\/webgpu\/dist\/([^/]+)\//.exec(file);
  return builds !== null && builds[1] !== `${process.platform}-${process.arch}`;
}

/** What imports lead to from every module of dist/, and from the packages that are loaded by name. */
async function traced(root) {
  const modules = filesBelow(root, 'dist').filter((file) => file.endsWith('.js') && !file.endsWith('.browser.js'));
  const require = createRequire(join(root, 'package.json'));
  const packages = LOADED_BY_NAME.map((name) => require.resolve(name));
  const { fileList } = await nodeFileTrace([...modules.map((file) => join(root, file)), ...packages], {
    base: root,
    ignore: LEFT_OUT,
  });
  return [...fileList];
}

/** The licence and the manifest of every package that has a file here. */
function papersOf(root, files) {
  const folders = new Set(files.filter((file) => file.includes('node_modules')).map(packageOf));
  return [...folders].flatMap((folder) =>
    readdirSync(join(root, folder))
      .filter((name) => name === 'package.json' || /^(licen[cs]e|notice|copying|third)/i.test(name))
      .map((name) => join(folder, name)),
  );
}

/** @returns paths from `root`, sorted. */
export async function bundleFiles(root) {
  const needed = (await traced(root)).filter((file) => !isForeign(file));
  const wasm = packageFolder(root, '@tensorflow/tfjs-backend-wasm');
  const kernels = filesBelow(root, join(wasm, 'dist')).filter((file) => file.endsWith('.wasm'));
  const native = join(packageFolder(root, 'webgpu'), 'dist', `${process.platform}-${process.arch}`);
  const own = filesBelow(root, 'dist').filter((file) => /\.(js|wasm|json)$/.test(file));
  const whole = WHOLE.filter((folder) => existsSync(join(root, folder))).flatMap((folder) => filesBelow(root, folder));
  const all = [
    ...needed,
    ...papersOf(root, needed),
    ...kernels,
    ...filesBelow(root, native),
    ...own,
    ...whole.filter((file) => !NOT_WHOLE.test(file.split(sep).join('/'))),
    ...SINGLE.filter((file) => existsSync(join(root, file))),
  ];
  return [...new Set(all)].sort();
}
