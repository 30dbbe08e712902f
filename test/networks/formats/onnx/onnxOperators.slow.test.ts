import { describe } from 'vitest';
import { operatorSuite } from './operatorSuite.js';

describe('many graphs of every operator against onnxruntime', () => operatorSuite(40));
