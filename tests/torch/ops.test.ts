import 'kilnn/eager';
import { opComputation } from './computations.js';
import { testCategory } from './listed.js';
import { check, executeEagerly } from './run-case.js';

testCategory('ops', (torchCase) => check(torchCase, opComputation(torchCase), executeEagerly));
