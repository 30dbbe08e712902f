/**
 * A worker that says what it stores: `node worker.mjs URL QUEUE STORE CODE`. Prints 'block KEY FIRST' and 'put KEY' once they
 * are stored, and events of the worker.
 */
import { writeSync } from 'node:fs';
import { runWorker } from '../../../dist/experiments/queue/queueWorker.js';
import { openTrialStore } from '../../../dist/experiments/store/store.js';
import { createTrialLoader } from '../../../dist/experiments/trial/trialLoader.js';

// TensorFlow.js 4.22 calls deprecated parts of Node.js.
process.noDeprecation = true;

const [url, queueName, folder, code] = process.argv.slice(2);
const store = await openTrialStore(folder);
const say = (text) => writeSync(1, `${text}\n`);
const stop = new AbortController();
process.on('SIGTERM', () => stop.abort());
try {
  const report = await runWorker({
    url,
    queueName,
    code,
    loader: createTrialLoader(code),
    threads: 1,
    lapse_ms: 2000,
    signal: stop.signal,
    onEvent: ({ kind, text }) => say(`${kind}: ${text}`),
    store: {
      ...store,
      putBlock: async (key, block) => {
        await store.putBlock(key, block);
        say(`block ${key} ${block.first}`);
      },
      put: async (trial) => {
        await store.put(trial);
        say(`put ${trial.key}`);
      },
    },
  });
  say(`end ${JSON.stringify(report)}`);
} catch (error) {
  say(`error ${error.name}: ${error.message}`);
}
