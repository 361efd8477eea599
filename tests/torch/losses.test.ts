import 'kilnn/eager';
import { lossComputation } from './computations.js';
import { testCategory } from './listed.js';
import { check, executeEagerly } from './run-case.js';

testCategory('losses', (torchCase) => check(torchCase, lossComputation(torchCase), executeEagerly));
