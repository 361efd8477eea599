import { addDims, type Dim, floorDivDims, modDims, mulDims, namedDim, subDims } from './dim.js';
import { Scanner } from './scanner.js';

/** Reads what `dimText` writes: `2*batch + 1`, `floordiv(n + 1, 2)*k`. Throws ParseError. */
export function parseDim(text: string): Dim {
  const scanner = new Scanner(text);
  const dim = scanDim(scanner);
  scanner.end();
  return dim;
}

/** sum := ['-'] product (('+' | '-') product)* */
export function scanDim(scanner: Scanner): Dim {
  let sum: Dim = scanner.skip('-') ? mulDims(scanProduct(scanner), -1) : scanProduct(scanner);
  for (;;) {
    if (scanner.skip('+')) sum = addDims(sum, scanProduct(scanner));
    else if (scanner.skip('-')) sum = subDims(sum, scanProduct(scanner));
    else return sum;
  }
}

function scanProduct(scanner: Scanner): Dim {
  let product = scanFactor(scanner);
  while (scanner.skip('*')) product = mulDims(product, scanFactor(scanner));
  return product;
}

function scanFactor(scanner: Scanner): Dim {
  if (scanner.looksAt(/-?\d/)) return scanner.integer();
  if (scanner.skip('(')) {
    const inner = scanDim(scanner);
    scanner.expect(')');
    return inner;
  }
  const name = scanner.read(/[A-Za-z_$][\w$]*/, 'a size');
  if ((name !== 'floordiv' && name !== 'mod') || !scanner.skip('(')) return namedDim(name);
  const numerator = scanDim(scanner);
  scanner.expect(',');
  const denominator = scanDim(scanner);
  scanner.expect(')');
  return name === 'floordiv' ? floorDivDims(numerator, denominator) : modDims(numerator, denominator);
}
