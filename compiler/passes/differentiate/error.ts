/** Thrown when a graph cannot be differentiated as asked. */
export class DifferentiationError extends Error {
  constructor(
    message: string,
    readonly hint?: string,
  ) {
    super(message);
    this.name = 'DifferentiationError';
  }
}
