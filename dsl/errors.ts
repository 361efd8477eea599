/**
 * A mistake in how the library is used. The compiler shows it at the line of the user's own call; in eager use it is thrown.
 * Codes: KN3001 shapes, KN3002 dtypes, KN3003 dims and indices out of range, KN3004 argument values, KN3005 modules and
 * their registration, KN3006 state dictionaries, KN3007 gradients, KN3008 einsum equations, KN3009 values
 * that a gradient needs and that are no longer there.
 */
export class KilnnError extends Error {
  constructor(
    readonly code: string,
    message: string,
    readonly hint?: string,
  ) {
    super(message);
    this.name = 'KilnnError';
  }
}

export function shapeError(message: string, hint?: string): KilnnError {
  return new KilnnError('KN3001', message, hint);
}

export function dtypeError(message: string, hint?: string): KilnnError {
  return new KilnnError('KN3002', message, hint);
}

export function rangeError(message: string, hint?: string): KilnnError {
  return new KilnnError('KN3003', message, hint);
}

export function valueError(message: string, hint?: string): KilnnError {
  return new KilnnError('KN3004', message, hint);
}

export function moduleError(message: string, hint?: string): KilnnError {
  return new KilnnError('KN3005', message, hint);
}

export function stateError(message: string, hint?: string): KilnnError {
  return new KilnnError('KN3006', message, hint);
}

export function lostValueError(message: string, hint?: string): KilnnError {
  return new KilnnError('KN3009', message, hint);
}

export function gradientError(message: string, hint?: string): KilnnError {
  return new KilnnError('KN3007', message, hint);
}
