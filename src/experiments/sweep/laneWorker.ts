/** A worker thread that is a lane. Errors of ours cross to the main thread as values: their classes would not. */
import { SonicError } from '../../errors.js';
import { Lane, type LaneResults, type LaneTask } from './lane.js';

export type LaneOutcome =
  | { readonly value: LaneResults[keyof LaneResults] }
  | { readonly error: { readonly name: string; readonly message: string } };

const lane = new Lane();

export default async function runLane(task: LaneTask): Promise<LaneOutcome> {
  try {
    return { value: await lane.run(task) };
  } catch (error) {
    if (error instanceof SonicError) return { error: { name: error.name, message: error.message } };
    throw error;
  }
}
