/** Architectures by name or file. */
import { FormatError } from '../../../base/errors.js';
import { isFile, isFolder, readFileChecked } from '../../../base/files.js';
import { decodeText } from '../../../base/input/yaml.js';
import { nearest } from '../../../base/text/nearest.js';
import { quoted } from '../../../base/text/printable.js';
import { bundledFiles } from './bundledFiles.js';
import { FAMILIES } from './families.js';
import { type Architecture, parseArchitecture } from './parse.js';
import { architectureText, ZOO_ARCHITECTURES } from './zoo.js';

const MAXIMUM_BYTES = 1 << 20;

/** Names of the architectures that come with the project. */
export async function architectureNames(): Promise<readonly string[]> {
  return [...(await bundledFiles()).keys(), ...Object.keys(FAMILIES), ...Object.keys(ZOO_ARCHITECTURES)];
}

/** Names that messages give, of many: whoever reads one learns what a name looks like. */
const EXAMPLES = ['resnet18', 'resnet20-cifar10', 'vgg16', 'mobilenet_v2'];

/** Some of the bundled names and how many more there are, for a message of one line. */
export function someArchitectures(names: readonly string[]): string {
  const shown = EXAMPLES.filter((name) => names.includes(name));
  return `${shown.join(', ')} and ${names.length - shown.length} more in docs/importing.md`;
}

/**
 * The architecture of a bundled name or a file; `bytes` are those of the file, null where there is none.
 * @throws FormatError where it is neither, or not valid
 */
export async function loadArchitecture(
  nameOrFile: string,
): Promise<{ architecture: Architecture; place: string; text: string; bytes: Uint8Array | null }> {
  if (Object.hasOwn(ZOO_ARCHITECTURES, nameOrFile)) {
    const text = architectureText(await ZOO_ARCHITECTURES[nameOrFile]!());
    return { architecture: parseArchitecture(text, nameOrFile), place: nameOrFile, text, bytes: null };
  }
  if (Object.hasOwn(FAMILIES, nameOrFile)) {
    const text = FAMILIES[nameOrFile]!();
    return { architecture: parseArchitecture(text, nameOrFile), place: nameOrFile, text, bytes: null };
  }
  const path = (await bundledFiles()).get(nameOrFile) ?? nameOrFile;
  if (!/[./\\]/.test(path) && !(await isFile(path)) && !(await isFolder(path))) {
    const names = await architectureNames();
    // resnet20 is resnet20-cifar10 without its data set, and no misspelt resnet50.
    const near = names.find((name) => name.startsWith(`${nameOrFile}-`)) ?? nearest(nameOrFile, names);
    throw new FormatError(
      `no architecture ${quoted(nameOrFile)}${near ? `, did you mean '${near}'?` : ''}: neither a bundled one (${someArchitectures(names)}) nor a file`,
    );
  }
  const bytes = await readFileChecked(path, FormatError, 'architecture file', MAXIMUM_BYTES);
  const text = decodeText(bytes, { place: path, ErrorClass: FormatError });
  return { architecture: parseArchitecture(text, path), place: path, text, bytes };
}
