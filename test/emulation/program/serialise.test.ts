/** Compiled networks as files: back as they were, and damage is told. */
import { describe, expect, it } from 'vitest';
import { FormatError } from '../../../src/base/errors.js';
import { type CompiledNetwork, parseProgram, serialiseProgram } from '../../../src/emulation/program/serialise.js';
import { presetHardware } from '../../../src/hardware/presets/index.js';
import { compile, convSpec, denseSpec } from '../../helpers/layers.js';
import { smallNetwork } from '../emulator/smallNetwork.js';

const hardware = presetHardware('sonic');
const compiled: CompiledNetwork = {
  network: smallNetwork(),
  program: {
    hardware,
    chipSeed: 3,
    layers: [compile(convSpec(), hardware, 0.9), compile(denseSpec({ inputs: 7 }), hardware, 0.9)],
    warnings: ['one'],
  },
};

describe('compiled networks as files', () => {
  it('come back bit for bit', () => {
    expect(parseProgram(serialiseProgram(compiled), 'file')).toEqual(compiled);
  });

  it('come back with bounds of the input that are infinite', () => {
    const unbounded = { ...compiled, network: { ...compiled.network, inputRange: [0, Infinity] as const } };
    expect(parseProgram(serialiseProgram(unbounded), 'file').network.inputRange).toEqual([0, Infinity]);
  });

  it('come back from the middle of a larger buffer', () => {
    const bytes = serialiseProgram(compiled);
    const larger = new Uint8Array(bytes.length + 3);
    larger.set(bytes, 3);
    expect(parseProgram(larger.subarray(3), 'file').program.chipSeed).toBe(3);
  });

  it.each([
    ['empty', (_: Uint8Array) => new Uint8Array(0), 'not a compiled program'],
    [
      'something else',
      (_: Uint8Array) => new TextEncoder().encode('{"schema": "sonic-result/1"}'),
      'not a compiled program',
    ],
    ['a header that is cut short', (bytes: Uint8Array) => bytes.slice(0, 100), 'it is cut short'],
    ['arrays that are cut short', (bytes: Uint8Array) => bytes.slice(0, -8), 'does not lie in the file'],
    [
      'a header that is not JSON',
      (bytes: Uint8Array) => {
        const damaged = bytes.slice();
        damaged[12] = 'x'.charCodeAt(0);
        return damaged;
      },
      'header is not JSON',
    ],
  ])('refuses %s', (_, damage, message) => {
    const parse = () => parseProgram(damage(serialiseProgram(compiled)), 'mnist.program');
    expect(parse).toThrow(FormatError);
    expect(parse).toThrow(message);
    expect(parse).toThrow('mnist.program');
  });
});
