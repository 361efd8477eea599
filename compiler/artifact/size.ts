import type { DType as DeviceType, Size } from '../../runtime/program.js';
import { type Atom, type Dim, isSymbolic, type Term } from '../ir/dim.js';
import type { DType } from '../ir/types.js';

/** A size as a literal of the plan: `2*batch + 1` becomes `['+', ['*', 2, 'batch'], 1]`. */
export function sizeLiteral(dim: Dim): Size {
  if (!isSymbolic(dim)) return dim;
  return dim.terms.reduce<Size | undefined>((sum, term) => {
    const subtract = sum !== undefined && term.coefficient < 0;
    const literal = termLiteral(subtract ? { ...term, coefficient: -term.coefficient } : term);
    return sum === undefined ? literal : [subtract ? '-' : '+', sum, literal];
  }, undefined)!;
}

function termLiteral({ coefficient, factors }: Term): Size {
  const product = factors.reduce<Size | undefined>((left, factor) => {
    const literal = atomLiteral(factor);
    return left === undefined ? literal : ['*', left, literal];
  }, undefined);
  if (product === undefined) return coefficient;
  return coefficient === 1 ? product : ['*', coefficient, product];
}

function atomLiteral(atom: Atom): Size {
  if (atom.kind === 'name') return atom.name;
  return [atom.kind === 'floorDiv' ? '/' : '%', sizeLiteral(atom.numerator), sizeLiteral(atom.denominator)];
}

/** The dtype on a device. Throws for `f64`, which exists in eager use only: the frontend lets none through. */
export function deviceType(dtype: DType): DeviceType {
  if (dtype === 'f64') throw new Error('a compiled program cannot hold f64');
  return dtype;
}
