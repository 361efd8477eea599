import type { Backend } from './backend.js';
import { jsBackend } from './js/index.js';
import { wgslBackend } from './wgsl/index.js';

/** Every target that a model can be built for; the first is what a built module runs on unless it is told otherwise. */
export const backends: readonly Backend[] = [jsBackend, wgslBackend];
