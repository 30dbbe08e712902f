/**
 * A chip's static errors as a file: one array for each map of `CHIP_MAPS`, named by kind of bank and map (`conv_trim_nm`,
 * `fc_gain`, ...), in an .npz of NumPy or as nested lists in JSON. Maps that are missing are drawn.
 */
import { zipSync } from 'fflate';
import { FormatError, UsageError } from '../../base/errors.js';
import { readFileChecked, sha256Hex, writeFileAtomic } from '../../base/files.js';
import { parseStrictJson } from '../../base/input/jsonText.js';
import { nearest } from '../../base/text/nearest.js';
import { printableValue, quoted } from '../../base/text/printable.js';
import { ZipArchive, zipBytes } from '../../base/zip.js';
import type { HardwareDescription } from '../../hardware/description.js';
import type { BankKind } from '../../hardware/optics/bank.js';
import {
  BANK_KINDS,
  CHIP_MAP_NAMES,
  CHIP_MAPS,
  type ChipMap,
  chipMapShape,
  type MeasuredChip,
  type MeasuredMaps,
} from '../../hardware/optics/measuredChip.js';
import { chipMaps } from '../../hardware/optics/variation.js';
import { encodeNpy, type NumberArray, parseNpy } from './npy.js';

/** The largest chip that can be described has 1e7 couplings a kind of bank. */
const MAXIMUM_BYTES = 2 ** 29;
/** Said of itself by a JSON file; may be left out. */
const SCHEMA = 'sonic-static/1';

/** Arrays by name, not yet measured against any hardware. */
type StaticArrays = ReadonlyMap<string, NumberArray>;

const KNOWN: ReadonlyMap<string, { readonly kind: BankKind; readonly map: ChipMap }> = new Map(
  BANK_KINDS.flatMap((kind) => CHIP_MAP_NAMES.map((map) => [`${kind}_${map}`, { kind, map }] as const)),
);

function checkName(name: string, file: string): void {
  if (KNOWN.has(name)) return;
  const near = nearest(name, [...KNOWN.keys()]);
  throw new FormatError(
    `${file}: no map is called ${quoted(name, 60)}${near ? `, did you mean '${near}'?` : `; known are ${[...KNOWN.keys()].join(', ')}`}`,
  );
}

function readNpz(bytes: Uint8Array, file: string): StaticArrays {
  const archive = new ZipArchive(zipBytes(bytes), file);
  return new Map(
    archive.names().map((member) => {
      const name = member.replace(/\.npy$/, '');
      checkName(name, file);
      return [name, parseNpy(archive.read(member)!.content, `${file}: ${name}`)];
    }),
  );
}

/** Nested lists as an array. */
function fromLists(root: unknown, place: string): NumberArray {
  const shape: number[] = [];
  for (let at = root; Array.isArray(at); at = at[0]) shape.push(at.length);
  const values: number[] = [];
  const walk = (value: unknown, path: readonly number[]): void => {
    const where = `${place}${path.map((i) => `[${i}]`).join('')}`;
    if (path.length === shape.length) {
      if (typeof value !== 'number')
        throw new FormatError(
          `${where} is ${printableValue(value, 40)}, not a number; write lists of numbers in lists`,
        );
      values.push(value);
      return;
    }
    const length = shape[path.length]!;
    if (!Array.isArray(value) || value.length !== length) {
      const found = Array.isArray(value) ? `has ${value.length} entries` : `is ${printableValue(value, 40)}`;
      throw new FormatError(`${where} ${found}, the lists beside it have ${length}; make all as long`);
    }
    value.forEach((inner, i) => {
      walk(inner, [...path, i]);
    });
  };
  walk(root, []);
  return { shape, values: Float64Array.from(values) };
}

function readLists(bytes: Uint8Array, file: string): StaticArrays {
  const { value } = parseStrictJson(bytes, { place: file, isWholeFile: true });
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new FormatError(
      `${file}: holds ${printableValue(value, 40)}, not maps by name; write {"conv_trim_nm": [...]}`,
    );
  const { schema, ...maps } = value as Record<string, unknown>;
  if (schema !== undefined && schema !== SCHEMA)
    throw new FormatError(
      `${file}: schema is ${printableValue(schema, 40)}, not '${SCHEMA}'; leave it out, or export anew`,
    );
  return new Map(
    Object.entries(maps).map(([name, lists]) => {
      checkName(name, file);
      return [name, fromLists(lists, `${file}: ${name}`)];
    }),
  );
}

/**
 * Reads a file of maps, .npz or JSON by what is in it.
 * @throws FormatError naming file, map and place.
 */
export async function readStaticFile(file: string): Promise<StaticArrays> {
  const bytes = await readFileChecked(file, FormatError, 'static', MAXIMUM_BYTES);
  const first = bytes.findIndex((byte) => byte > 0x20);
  const isZip = bytes[0] === 0x50 && bytes[1] === 0x4b;
  if (!isZip && bytes[first] !== 0x7b)
    throw new FormatError(`${file}: is neither an .npz of NumPy nor a JSON object; save maps with numpy.savez`);
  const arrays = isZip ? readNpz(bytes, file) : readLists(bytes, file);
  if (arrays.size === 0)
    throw new FormatError(`${file}: holds no map; give at least one of ${[...KNOWN.keys()].join(', ')}`);
  return arrays;
}

const shapeText = (shape: readonly number[]) => `(${shape.join(', ')})`;

/** Where in an array a value is, as indices. */
function indicesText(shape: readonly number[], at: number): string {
  const indices: number[] = [];
  let rest = at;
  for (const length of [...shape].reverse()) {
    indices.unshift(rest % length);
    rest = Math.floor(rest / length);
  }
  return `[${indices.join(', ')}]`;
}

function checkMap(
  { shape, values }: NumberArray,
  hardware: HardwareDescription,
  { kind, map }: { kind: BankKind; map: ChipMap },
  place: string,
): void {
  const wanted = chipMapShape(hardware, kind, map);
  const { axes, least, withinRange, meaning } = CHIP_MAPS[map];
  if (wanted.length !== shape.length || wanted.some((length, axis) => shape[axis] !== length)) {
    throw new FormatError(
      `${place} has shape ${shapeText(shape)}; '${hardware.name}' has ${shapeText(wanted)}: ` +
        `${axes.map((axis) => `[${axis}]`).join('')} of vdu.${kind}, surplus slots of the last waveguide included`,
    );
  }
  const { freeSpectralRange_nm } = hardware.microring;
  const bad = values.findIndex(
    (value) => !Number.isFinite(value) || value < least || (withinRange && Math.abs(value) > freeSpectralRange_nm),
  );
  if (bad >= 0) {
    const value = values[bad]!;
    const problem = !Number.isFinite(value)
      ? 'give a finite number'
      : value < least
        ? `give ${least} or more`
        : `it is more than microring.freeSpectralRange_nm ${freeSpectralRange_nm}; give nm`;
    throw new FormatError(`${place}${indicesText(shape, bad)} is ${value} (${meaning}): ${problem}`);
  }
}

/** Of names, shapes and values, in the order of the known names. */
function contentHash(arrays: StaticArrays): string {
  const parts = [...KNOWN.keys()].flatMap((name) => {
    const array = arrays.get(name);
    return array ? [Buffer.from(`${name} ${shapeText(array.shape)}\n`), encodeNpy(array)] : [];
  });
  return sha256Hex(Buffer.concat(parts));
}

/**
 * The maps as the static errors of a chip of the described hardware.
 * @param file what messages call them.
 * @throws FormatError where a map has another shape than the hardware, or a value that cannot be.
 */
export function measuredChip(arrays: StaticArrays, hardware: HardwareDescription, file: string): MeasuredChip {
  const chip: Record<BankKind, Record<string, Float64Array>> = { conv: {}, fc: {} };
  const checked = new Map<string, NumberArray>();
  for (const [name, array] of arrays) {
    const known = KNOWN.get(name)!;
    checkMap(array, hardware, known, `${file}: ${name}`);
    // -0 is 0: JSON does not keep its sign.
    const values = array.values.map((value) => value + 0);
    chip[known.kind][known.map] = values;
    checked.set(name, { shape: array.shape, values });
  }
  return { sha256: contentHash(checked), conv: chip.conv as MeasuredMaps, fc: chip.fc as MeasuredMaps };
}

/** Reads a file of maps for the described hardware. @throws FormatError as `readStaticFile` and `measuredChip`. */
export async function loadMeasuredChip(file: string, hardware: HardwareDescription): Promise<MeasuredChip> {
  return measuredChip(await readStaticFile(file), hardware, file);
}

function toLists({ shape, values }: NumberArray): unknown {
  const build = (axis: number, first: number, length: number): unknown => {
    if (axis === shape.length) return values[first];
    const step = length / shape[axis]!;
    return Array.from({ length: shape[axis]! }, (_, i) => build(axis + 1, first + i * step, step));
  };
  return build(0, 0, values.length);
}

/** One map a line. */
function listsText(arrays: StaticArrays): string {
  const lines = [...arrays].map(([name, array]) => `  "${name}": ${JSON.stringify(toLists(array))}`);
  return `{\n  "schema": "${SCHEMA}",\n${lines.join(',\n')}\n}\n`;
}

function npzBytes(arrays: StaticArrays): Uint8Array {
  const members = [...arrays].map(([name, array]) => [`${name}.npy`, encodeNpy(array)] as const);
  // Stored, with one date, so that the same chip gives the same bytes.
  return zipSync(Object.fromEntries(members), { level: 0, mtime: new Date(1980, 0, 1) });
}

/** @throws UsageError unless the name ends in .npz or .json. */
function checkStaticName(file: string): void {
  if (/\.(npz|json)$/i.test(file)) return;
  throw new UsageError(`--export ${quoted(file)}: the name must end in .npz or .json, which say how maps are written`);
}

/**
 * Writes all maps of a chip, as they act with this hardware, whole or not at all: a drift of no hours is 0.
 * @param file .npz or .json.
 * @param measured maps that are not drawn.
 */
export async function writeStaticFile(
  file: string,
  hardware: HardwareDescription,
  chipSeed: number,
  measured: MeasuredChip | null = null,
): Promise<void> {
  checkStaticName(file);
  const arrays = new Map<string, NumberArray>();
  for (const kind of BANK_KINDS) {
    const maps = chipMaps(hardware, chipSeed, kind, measured);
    for (const map of CHIP_MAP_NAMES)
      arrays.set(`${kind}_${map}`, { shape: chipMapShape(hardware, kind, map), values: maps[map] });
  }
  await writeFileAtomic(file, /\.npz$/i.test(file) ? npzBytes(arrays) : listsText(arrays));
}
