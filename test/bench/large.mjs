/**
 * A network of torchvision's on random images, as `sonic run` goes about it, stage by stage, in a process of its own: prints
 * one JSON object. Usage: node large.mjs CHECKPOINT NETWORK SIZE IMAGES THREADS
 */
import { philoxUniforms } from '../../dist/base/random/philox.js';
import { compileForChip } from '../../dist/emulation/calibration/calibrate.js';
import { chipThreads } from '../../dist/emulation/calibration/chipThreads.js';
import { emulate } from '../../dist/emulation/emulator/emulate.js';
import { layerFidelities } from '../../dist/emulation/emulator/fidelity.js';
import { calibrateOn } from '../../dist/experiments/run/runExperiment.js';
import { presetHardware } from '../../dist/hardware/presets/index.js';
import { loadNetworkFile } from '../../dist/networks/formats/index.js';
import { stageMeter } from './measure.mjs';

const [file, name, sizeText, imagesText, threadsText] = process.argv.slice(2);
const [SIZE, IMAGES, THREADS] = [Number(sizeText), Number(imagesText), Number(threadsText)];
const CALIBRATION_IMAGES = 9;
const SEED = 1;

/** Random bytes as a data set. @param stream other images for another. */
function randomImages(count, stream) {
  const shape = [SIZE, SIZE, 3];
  const images = new Uint8Array(count * SIZE * SIZE * 3);
  // Image by image, and without an iterator: what is made here counts in the peaks.
  for (let first = 0; first < images.length; first += SIZE * SIZE * 3) {
    const uniforms = philoxUniforms([SEED, stream], first, SIZE * SIZE * 3);
    for (let i = 0; i < uniforms.length; i++) images[first + i] = 256 * uniforms[i];
  }
  const common = { name: 'random', split: 'test', classes: 1000, sha256: '', source: 'a benchmark' };
  return {
    ...common,
    ...{ shape, count, images, labels: new Uint16Array(count) },
  };
}

const meter = stageMeter();
const preprocessing = `image: [${SIZE}, ${SIZE}, 3], scale: 1/255, mean: [0.485, 0.456, 0.406], std: [0.229, 0.224, 0.225]`;
const hardware = presetHardware('sonic');
const { network } = await meter.run('load', () => loadNetworkFile(file, { architecture: name, preprocessing }));
const calibrationSet = randomImages(CALIBRATION_IMAGES, 1);
const calibration = await meter.run('calibrate', () => calibrateOn(network, hardware, calibrationSet));
const program = await meter.run('compile', () =>
  compileForChip(network, hardware, 1, calibration, { threads: chipThreads(THREADS) }),
);
calibration.release();
const { images } = randomImages(IMAGES, 2);
const common = { network, backend: 'wasm', runSeed: SEED, images, count: IMAGES, threads: THREADS };
for (const fidelity of ['exact', 'lumped']) {
  const fidelities = layerFidelities(program, fidelity);
  await meter.run(fidelity, () => emulate({ ...common, program, fidelities, digital: false }));
}
await meter.run('digital', () => emulate({ ...common, program: null, digital: true }));
process.stdout.write(`${JSON.stringify({ calibrationImages: CALIBRATION_IMAGES, stages: meter.stages })}\n`, () =>
  process.exit(0),
);
