/** A definition of the generated module: a function on four lanes at once, or what such functions call. */
export interface MathFunction {
  /** Its name in the module, without the dollar sign. */
  readonly name: string;
  /** The definitions that its text refers to. */
  readonly needs?: readonly string[];
  /** A top-level definition in the text format. */
  readonly source: string;
}

/** A function of JavaScript's `Math`, imported. */
export function importOf(name: string): MathFunction {
  return { name: `Math.${name}`, source: `(import "Math" "${name}" (func $Math.${name} (param f64) (result f64)))` };
}
