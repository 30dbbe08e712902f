/** A worker thread that is a lane. */
import { quietDeprecations } from '../../base/deprecations.js';
import { type Outcome, outcomeOf } from '../../base/outcome.js';
import { Lane, type LaneResults, type LaneTask } from './lane.js';

type LaneOutcome = Outcome<LaneResults[keyof LaneResults]>;

quietDeprecations();

const lane = new Lane();

export default function runLane(task: LaneTask): Promise<LaneOutcome> {
  return outcomeOf(lane.run(task));
}
