/** A thread of a scan's pool: sets itself up once, then runs batches. */
import { workerData } from 'piscina';
import { quietDeprecations } from '../../base/deprecations.js';
import { type Outcome, outcomeOf } from '../../base/outcome.js';
import { createScanRunner, type ScanJob, type ScanRunner, type ScanTask } from './scanRunner.js';

quietDeprecations();

let runner: ScanRunner | undefined;

export default function runScan(task: ScanTask): Promise<Outcome<Int32Array[]>> {
  runner ??= createScanRunner(workerData as ScanJob);
  return outcomeOf(runner.run(task));
}
