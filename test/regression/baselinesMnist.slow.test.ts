import { baselineSuite } from './suite.js';

baselineSuite('mnist.yaml');
