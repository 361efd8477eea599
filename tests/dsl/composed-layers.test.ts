import { describe, test } from 'vitest';
import { agreesOnJs, meetsDifferences, meetsFormula } from './composed-case.js';
import { composedLayers } from './composed-layers.js';

for (const [name, composed] of Object.entries(composedLayers)) {
  describe(name, () => {
    if (composed.expected) test('gives what the definition says', () => meetsFormula(composed));
    if (composed.smooth) test('has the gradient that differences measure', () => meetsDifferences(composed));
    test('compiled to JavaScript', () => agreesOnJs(composed));
  });
}
