/**
 * The choices that the papers leave open and that `sonic compare --search` combines, each with the values it could have.
 * The first value of a choice is what this project takes elsewhere.
 */
import type { Accounting } from '../energy.js';
import { AVERAGINGS } from './comparison.js';
import { BIT_RULES, type DeviceTable } from './types.js';

/** A value of a choice: its label, and what it stands for. */
export interface ChoiceValue<T> {
  readonly label: string;
  readonly value: T;
}

export interface SearchChoice<T = unknown> {
  readonly name: string;
  readonly values: readonly ChoiceValue<T>[];
}

const choice = <T>(name: string, ...values: [label: string, value: T][]): SearchChoice<T> => ({
  name,
  values: values.map(([label, value]) => ({ label, value })),
});

/** Changes of SONIC's description. */
type Overrides = Readonly<Record<string, unknown>>;

const cost = (changes: Overrides): Overrides => ({ cost: changes });

/** In the order of the tables. Sizes: LightBulb and HolyLight, whose numbers of units are not published. */
export const SEARCH_CHOICES = {
  averaging: choice('averaging over the networks', ...AVERAGINGS.map((rule) => [rule, rule] as [string, typeof rule])),
  bits: choice('bits of energy per bit', ...BIT_RULES.map((rule) => [rule, rule] as [string, typeof rule])),
  network: choice('MNIST network', ['5 x 5 kernels', 'mnist'], ['3 x 3 kernels', 'mnist-3x3']),
  activity: choice<number>('zero activations', ['half, after the image', 0.5], ['none (dense)', 0]),
  accounting: choice<Accounting>('accounting of converters', ['static', 'static'], ['perConversion', 'perConversion']),
  devices: choice<DeviceTable>(
    'devices of photonic designs',
    ["each paper's own", 'own'],
    ["SONIC's table 2", 'sonic'],
  ),
  sampling: choice<Overrides>(
    'sampling interval',
    ['14 ns, the ADC', {}],
    ['34.4 ns, DAC + EO + VCSEL + detector + ADC in turn', { receiver: { samplingInterval_ns: 34.4 } }],
    ['0.33 ns, the DAC', { receiver: { samplingInterval_ns: 0.33 } }],
    ["62.5 ns, the ADC's cited part", { adc: { latency_ns: 62.5 } }],
  ),
  loading: choice<Overrides>(
    'loading a row',
    ['before the row', cost({ doubleBuffered: false })],
    ['double-buffered', cost({ doubleBuffered: true })],
  ),
  layers: choice<Overrides>(
    'layers',
    ['one after the other', cost({ pipelinedLayers: false })],
    ['CONV and FC pipelined', cost({ pipelinedLayers: true })],
  ),
  chunking: choice<Overrides>(
    'chunks of a kernel',
    ['slice by slice', { vdu: { conv: { chunking: 'slice' } } }],
    ['concatenated', { vdu: { conv: { chunking: 'concatenated' } } }],
  ),
  idle: choice<boolean>('idle units', ['off but for trimming', false], ['all on', true]),
  sizes: choice<object>('sizes of comparators', ['by area', {}], ['by power', { sizing: 'power' }]),
  nullHop: choice<string | null>("NullHop's build", ['Zynq FPGA', null], ['28 nm core', 'asic28']),
  lightBulb: choice<object>("LightBulb's networks", ['binarised', {}], ['bit by bit, 6 x 16 passes', { passes: 96 }]),
} as const satisfies Record<string, SearchChoice>;

export type ChoiceName = keyof typeof SEARCH_CHOICES;
export const CHOICE_NAMES = Object.keys(SEARCH_CHOICES) as ChoiceName[];

/** Index of the value of each choice. */
export type Combination = Readonly<Record<ChoiceName, number>>;

/** How far apart the numbers of combinations are that differ by one in a choice. */
const STRIDES = Object.fromEntries(
  CHOICE_NAMES.map((name, i) => [
    name,
    CHOICE_NAMES.slice(i + 1).reduce((product, later) => product * SEARCH_CHOICES[later].values.length, 1),
  ]),
) as Record<ChoiceName, number>;

/** Number of combinations. */
export const COMBINATIONS = CHOICE_NAMES.reduce((product, name) => product * SEARCH_CHOICES[name].values.length, 1);

/** Combination number `index`, the last choice fastest; 0 has every first value. */
export function combinationAt(index: number): Combination {
  return Object.fromEntries(CHOICE_NAMES.map((name) => [name, digitOf(name, index)])) as Record<ChoiceName, number>;
}

/** Index of the value of one choice in combination number `index`. */
export function digitOf(name: ChoiceName, index: number): number {
  return Math.floor(index / STRIDES[name]) % SEARCH_CHOICES[name].values.length;
}

/** The number of the combination that differs from number `index` in that a choice has the value of `digit`. */
export function withDigit(name: ChoiceName, digit: number, index: number): number {
  return index + (digit - digitOf(name, index)) * STRIDES[name];
}

/** The values of a combination that are not the first ones, as 'choice: label'. */
export function changesOf(combination: Combination): string[] {
  return CHOICE_NAMES.filter((name) => combination[name] > 0).map(
    (name) => `${SEARCH_CHOICES[name].name}: ${SEARCH_CHOICES[name].values[combination[name]]!.label}`,
  );
}
