/** All accelerators that are compared, SONIC first. */
import { crossLight } from './crosslight/model.js';
import { holyLight } from './holylight/model.js';
import { lightBulb } from './lightbulb/model.js';
import { nullHop } from './nullhop/model.js';
import { p100 } from './p100/model.js';
import { rsnn } from './rsnn/model.js';
import { sonic } from './sonic/model.js';
import type { AnyAccelerator } from './types.js';
import { xeon9282 } from './xeon9282/model.js';

export { sonic };

/** In the order of the tables. */
export const COMPARATORS: readonly AnyAccelerator[] = [nullHop, rsnn, lightBulb, crossLight, holyLight, p100, xeon9282];
