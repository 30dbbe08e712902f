/** The electronics of `electronics.ts` around kernels that run on the host, image by image. */
import type { Conv2dProgram, DenseProgram, MacProgram } from '../program/types.js';
import { checkInput } from './checkInput.js';
import type { LoadedConv2d, LoadedDense, LoadedLayer } from './contract.js';
import { finisher, opticalPart, scaledInput } from './electronics.js';

function around<More>(
  program: MacProgram,
  finish: (x: Float32Array, y: Float32Array) => void,
  run: (x: Float32Array, y: Float32Array) => More,
) {
  return (x: Float32Array, y: Float32Array): More => {
    checkInput(program, x);
    const counts = run(scaledInput(program, x), y);
    finish(x, y);
    return counts;
  };
}

/** A layer whose `opticalPart` the kernels run. @param load takes that part. */
export function withElectronics(program: Conv2dProgram, load: (part: Conv2dProgram) => LoadedConv2d): LoadedConv2d;
export function withElectronics(program: DenseProgram, load: (part: DenseProgram) => LoadedDense): LoadedDense;
export function withElectronics<P extends MacProgram>(program: P, load: (part: P) => LoadedLayer): LoadedLayer {
  const part = load(opticalPart(program)) as LoadedConv2d | LoadedDense;
  const finish = finisher(program);
  const runs = {
    run: (x: Float32Array, y: Float32Array, options: never) =>
      around(program, finish, (scaled, to) => part.run(scaled, to, options))(x, y),
    ...(part.lump
      ? {
          lump: (x: Float32Array, y: Float32Array, options: never) =>
            around(program, finish, (scaled, to) => part.lump!(scaled, to, options))(x, y),
        }
      : {}),
  };
  if (!('hold' in part)) return { program, ...runs } as LoadedConv2d;
  const hold: LoadedDense['hold'] = (x, held) => {
    checkInput(program, x);
    return part.hold(scaledInput(program, x), held);
  };
  return { program, ...runs, hold } as LoadedDense;
}
