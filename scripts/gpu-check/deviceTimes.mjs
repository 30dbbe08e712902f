/**
 * What a WebGPU device takes for each program of a batch, by its own clock (timestamp queries): one program a pass, so that each has
 * a beginning and an end. Layers of the photonic core take two programs each, in their order; everything else is electronic.
 * Usage: node deviceTimes.mjs NETWORK BATCH    prints one JSON object.
 */
import { batchOf, compiled, formsOf, onBackend } from './network.mjs';

const ROUNDS = 5;
const PROGRAMS = 256;
/** GPUBufferUsage. */
const [MAP_READ, COPY_SRC, COPY_DST, QUERY_RESOLVE] = [0x1, 0x4, 0x8, 0x200];
/** GPUMapMode.READ. */
const READ = 0x1;

const [name, batchText] = process.argv.slice(2);
const BATCH = Number(batchText);

/** Gives every program of the backend a pass of its own with two timestamps; `take` reads and forgets them. */
function watchPrograms(backend) {
  const { device } = backend;
  const labels = new WeakMap();
  const makePipeline = device.createComputePipeline.bind(device);
  device.createComputePipeline = (descriptor) => {
    const pipeline = makePipeline(descriptor);
    labels.set(pipeline, descriptor.label);
    return pipeline;
  };
  const querySet = device.createQuerySet({ type: 'timestamp', count: 2 * PROGRAMS });
  let programs = [];
  const makeEncoder = device.createCommandEncoder.bind(device);
  device.createCommandEncoder = () => {
    const encoder = makeEncoder();
    const begin = encoder.beginComputePass.bind(encoder);
    encoder.beginComputePass = () => {
      const at = 2 * programs.length;
      const pass = begin({
        timestampWrites: { querySet, beginningOfPassWriteIndex: at, endOfPassWriteIndex: at + 1 },
      });
      const setPipeline = pass.setPipeline.bind(pass);
      pass.setPipeline = (pipeline) => {
        programs.push(labels.get(pipeline) ?? 'unknown');
        setPipeline(pipeline);
      };
      const dispatch = pass.dispatchWorkgroups.bind(pass);
      pass.dispatchWorkgroups = (...groups) => {
        dispatch(...groups);
        backend.endComputePassEncoder();
      };
      return pass;
    };
    return encoder;
  };
  const bytes = 16 * PROGRAMS;
  const resolved = device.createBuffer({ size: bytes, usage: QUERY_RESOLVE | COPY_SRC });
  const staging = device.createBuffer({ size: bytes, usage: MAP_READ | COPY_DST });
  /** [{ label, ns }] of the programs since the last call. */
  return async function take() {
    if (backend.commandEncoder) {
      backend.endComputePassEncoder();
      backend.submitQueue();
    }
    const own = programs;
    programs = [];
    if (own.length > PROGRAMS) throw new Error(`${own.length} programs a batch, more than ${PROGRAMS}`);
    const encoder = makeEncoder();
    encoder.resolveQuerySet(querySet, 0, 2 * own.length, resolved, 0);
    encoder.copyBufferToBuffer(resolved, 0, staging, 0, 16 * own.length);
    device.queue.submit([encoder.finish()]);
    await staging.mapAsync(READ, 0, 16 * own.length);
    const times = new BigUint64Array(staging.getMappedRange(0, 16 * own.length).slice(0));
    staging.unmap();
    return own.map((label, at) => ({ label, ns: Number(times[2 * at + 1] - times[2 * at]) }));
  };
}

/** Times by layer, ns: both programs of each MAC layer, and what is left over. */
function byLayer(programs, layers) {
  const photonic = programs.filter(({ label }) => label.startsWith('sonic_'));
  if (photonic.length !== 2 * layers.length) return null;
  const total = (list) => list.reduce((sum, { ns }) => sum + ns, 0);
  return [
    ...layers.map((layer, l) => ({
      layer: layer.name,
      prepare_ns: photonic[2 * l].ns,
      rows_ns: photonic[2 * l + 1].ns,
    })),
    {
      layer: 'electronics',
      prepare_ns: 0,
      rows_ns: total(programs.filter(({ label }) => !label.startsWith('sonic_'))),
    },
  ];
}

/** Layer by layer the mean of rounds: the clock may be coarse (65 us), and a mean of several is finer than one. */
function mean(rounds) {
  return rounds[0].map((first, at) => {
    const of = (key) => rounds.reduce((sum, round) => sum + round[at][key], 0) / rounds.length;
    return { ...first, prepare_ns: of('prepare_ns'), rows_ns: of('rows_ns') };
  });
}

const subject = await compiled(name, Math.min(BATCH, 256));
const { tf } = await onBackend('webgpu');
const backend = tf.backend();
const result = { network: name, backend: 'webgpu', batch: BATCH, kinds: {} };
if (!backend.supportTimestampQuery) result.absent = 'the adapter has no timestamp queries';
else {
  const take = watchPrograms(backend);
  const { digital, ...forms } = formsOf(subject, { ...(await onBackend('webgpu')) });
  digital.dispose();
  const input = batchOf(subject, tf, 0, BATCH);
  const indices = Int32Array.from({ length: BATCH }, (_, i) => i);
  for (const [kind, form] of Object.entries(forms)) {
    const rounds = [];
    for (let round = 0; round <= ROUNDS; round++) {
      await form.forward(input, indices, 1);
      const times = byLayer(await take(), subject.program.layers);
      // The first one compiles and warms up.
      if (round > 0 && times) rounds.push(times);
    }
    result.kinds[kind] = rounds.length > 0 ? mean(rounds) : null;
    process.stderr.write(`${name}: device times, ${kind}\n`);
  }
}
process.stdout.write(`${JSON.stringify(result)}\n`, () => process.exit(0));
