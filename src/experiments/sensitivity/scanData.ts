/** Which images a scan runs on, and which confirm what it chose: never the same. */
import { readClassMap } from '../../datasets/classMap.js';
import { sliceDataset } from '../../datasets/slice.js';
import type { Dataset, Split } from '../../datasets/types.js';
import { outputClasses } from '../../networks/fits.js';
import type { Network } from '../../networks/types.js';
import { fitDataset, loadExperimentData } from '../run/loadExperiment.js';

/** Images where no number is asked for, as far as there are so many. */
const DEFAULT_IMAGES = 2000;
/** With fewer, one image is more than a fifth of a point of accuracy. */
const FEW_IMAGES = 500;

export interface ScanData {
  readonly dataset: Dataset;
  /** Null where all images are scanned. */
  readonly confirmation: Dataset | null;
  readonly calibrationSet: Dataset;
  /** What a reader of the numbers should know of the images, one sentence each. */
  readonly notes: readonly string[];
}

export interface ScanDataFlags {
  readonly data?: string | undefined;
  readonly classes?: string | undefined;
  /** Images to scan; absent: 2,000, or all where there are fewer. */
  readonly images?: number | undefined;
  readonly split: Split;
  /** Images that the hardware is calibrated on, as many as a run takes; absent: none are needed. */
  readonly calibration?: number | undefined;
}

/**
 * By default training images, so that no test image decides anything; the test images then confirm. Where the data have no
 * training split, or the test images are asked for, the first of them are scanned and the next confirm.
 * @param name of the data set
 * @throws DatasetError where data are damaged, do not fit, or have fewer images than were asked for
 */
export async function loadScanData(
  name: string,
  network: Network,
  { data, classes, images, split, calibration = 0 }: ScanDataFlags,
): Promise<ScanData> {
  outputClasses(network);
  const map = classes === undefined ? null : await readClassMap(classes);
  const wanted = images ?? DEFAULT_IMAGES;
  // However few are scanned: the calibration set, for which the test images may have to stand, is that of a run.
  const first = { evaluated: Math.max(2 * wanted, calibration), calibration: Math.max(wanted, calibration) };
  const loaded = await loadExperimentData(name, network, data, first);
  const test = fitDataset(network, loaded.evaluated, map);
  const training = fitDataset(network, loaded.calibrationSet, map);
  const onTest = split === 'test' || training.fallback !== undefined;
  const source = onTest ? test : training;
  const count = images ?? Math.min(wanted, source.count);
  const dataset = sliceDataset(source, count);
  const left = onTest ? test.count - count : test.count;
  const confirming = Math.min(count, left);
  const few = images === undefined && source.count < DEFAULT_IMAGES;
  return {
    dataset,
    confirmation: confirming > 0 ? sliceDataset(test, confirming, onTest ? count : 0) : null,
    calibrationSet: training,
    notes: [
      ...(onTest
        ? [
            `scanned on test images${training.fallback && split === 'train' ? `, for ${training.fallback}` : ''}: ${
              confirming > 0 ? 'the next ones confirm the proposal' : 'none are left to confirm the proposal'
            }`,
          ]
        : []),
      ...(few ? [`the ${source.split} split has ${source.count} images here, of which all are scanned`] : []),
      ...(count < FEW_IMAGES
        ? [
            `one image is ${(100 / count).toFixed(2)} points of accuracy: intervals are wide, and so is what fits a loss`,
          ]
        : []),
    ],
  };
}
