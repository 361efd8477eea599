/** A function of the generated module on four lanes at once. */
export interface MathFunction {
  /** Its name in the module, without the dollar sign. */
  readonly name: string;
  /** The functions and imports that its text calls. */
  readonly needs?: readonly string[];
  /** A top-level definition in the text format. */
  readonly source: string;
}
