/** `sonic datasets`: which data sets can be read, which are here, and how to get the rest. */
import { Command } from 'commander';
import type { CatalogueEntry } from '../datasets/catalogue.js';
import { collect } from './options.js';

interface DatasetsFlags {
  from: string[];
  json?: boolean;
}

interface Listed {
  readonly entry: CatalogueEntry;
  readonly installed: { readonly train: boolean; readonly test: boolean };
  readonly folder: string;
}

/** Where a data set's images come from if no --data is given. */
function stateOf({ entry, installed, folder }: Listed): string {
  if (entry.complete) return `bundled: ${entry.bundled}`;
  if (installed.train && installed.test) return `installed in ${folder}`;
  const half = installed.train ? 'train' : installed.test ? 'test' : null;
  const rest = entry.bundled === null ? 'not here' : `bundled: ${entry.bundled}`;
  return half === null ? rest : `${half} split installed in ${folder}; else ${rest}`;
}

async function listed(): Promise<Listed[]> {
  const { CATALOGUE } = await import('../datasets/catalogue.js');
  const { isInstalled, userDataFolder } = await import('../datasets/userData.js');
  return CATALOGUE.map((entry) => ({
    entry,
    installed: { train: isInstalled(entry, 'train'), test: isInstalled(entry, 'test') },
    folder: userDataFolder(entry.name),
  }));
}

async function list(json: boolean): Promise<void> {
  const { renderTable } = await import('../report/kit/table.js');
  const { formatCount } = await import('../base/text/units.js');
  const sets = await listed();
  if (json) {
    const plain = sets.map(({ entry: { name, title, images, bundled, address, downloads }, installed, folder }) => ({
      ...{ name, title, images, bundled, installed, folder, address, downloads },
    }));
    process.stdout.write(`${JSON.stringify(plain, null, 2)}\n`);
    return;
  }
  const table = renderTable(sets, {
    columns: [
      { title: 'name', value: ({ entry }) => entry.name },
      { title: 'what it is', value: ({ entry }) => entry.title },
      { title: 'train', align: 'right', value: ({ entry }) => formatCount(entry.images.train) },
      { title: 'test', align: 'right', value: ({ entry }) => formatCount(entry.images.test) },
      { title: 'where', value: stateOf },
    ],
  });
  const missing = sets
    .filter(({ entry, installed }) => !entry.complete && !(installed.train && installed.test))
    .flatMap(({ entry }) => entry.downloads.map((file) => ({ ...file, entry })));
  const files = renderTable(missing, {
    columns: [
      { title: 'for', value: ({ entry }) => entry.name },
      { title: 'address', value: ({ entry, name }) => `${entry.address}${name}` },
      { title: 'bytes', align: 'right', value: ({ bytes }) => formatCount(bytes) },
      { title: 'MD5', value: ({ md5 }) => md5 },
    ],
  });
  const how =
    "Fetch the files, then 'sonic datasets --from FILE' checks and installs each; or name file or folder with --data.";
  const own =
    'image-folder reads a folder with a subfolder of images for each class: --dataset image-folder --data DIR.';
  process.stdout.write(`${[table, ...(missing.length > 0 ? ['', files, '', how] : ['']), own].join('\n')}\n`);
}

async function datasets({ from, json }: DatasetsFlags): Promise<void> {
  if (from.length === 0) return list(json ?? false);
  const { installFile } = await import('../datasets/install.js');
  for (const path of from) {
    const { dataset, folder, files } = await installFile(path);
    process.stdout.write(`${dataset}: installed ${files.join(', ')} in ${folder}\n`);
  }
}

/** The command `sonic datasets`. */
export function datasetsCommand(): Command {
  return new Command('datasets')
    .description('List the data sets: which are bundled or installed, and how to get the rest')
    .option(
      '--from <FILE>',
      'check a published file and install it where all commands find it; may be repeated',
      collect,
      [],
    )
    .option('--json', 'print the list as JSON')
    .addHelpText(
      'after',
      `
Installed files lie in $XDG_DATA_HOME/sonic-photonics/datasets, by default ~/.local/share/sonic-photonics/datasets.

Examples:
  sonic datasets
  sonic datasets --from cifar-10-binary.tar.gz
  sonic datasets --from train_32x32.mat --from test_32x32.mat`,
    )
    .action(datasets);
}
