import { baselineSuite } from './suite.js';

baselineSuite('cifar10.yaml');
