/**
 * A mistake in how a built module is used, or a file or device that cannot be used. Nothing has changed when it is thrown.
 * Codes: KN5001 the device is not available, KN5002 arguments of a call, KN5003 a tensor on another device, KN5004 state
 * dictionaries, KN5005 files, KN5006 data sets, KN5007 names and options, KN5008 a device that was lost or a model disposed of,
 * KN5009 a loop that does not end, KN5010 memory that is not to be had.
 */
export class KilnnError extends Error {
  constructor(
    readonly code: string,
    message: string,
  ) {
    super(message);
    this.name = 'KilnnError';
  }
}

const maker = (code: string) => (message: string) => new KilnnError(code, message);

export const deviceError = /* @__PURE__ */ maker('KN5001');
export const argumentError = /* @__PURE__ */ maker('KN5002');
export const placeError = /* @__PURE__ */ maker('KN5003');
export const stateError = /* @__PURE__ */ maker('KN5004');
export const fileError = /* @__PURE__ */ maker('KN5005');
export const dataError = /* @__PURE__ */ maker('KN5006');
export const nameError = /* @__PURE__ */ maker('KN5007');
export const lostError = /* @__PURE__ */ maker('KN5008');
export const memoryError = /* @__PURE__ */ maker('KN5010');

/** `where` is the place of the loop in its source. */
export const loopError = (where: string, limit: number): KilnnError =>
  new KilnnError(
    'KN5009',
    `${where}: this loop has run ${limit} turns, the most it may, and its condition still holds; check that it ends for these values (NaN, inf?), or raise the limit with @model({ loopLimit })`,
  );
