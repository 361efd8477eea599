/** What a call of a built program is checked for before anything runs: sizes of named dims, and positions among the arguments. */
export { Checker, type GuardProgram, type ProgramChecks } from './checker.js';
export { indexGuard } from './index-guards.js';
export { type PlaceText, placeIn } from './place.js';
export { sizeRequirements } from './size-requirements.js';
