/** `kilnn/runtime/js-regions`: loops and branches on js, imported by modules that have any. */
export { regions } from './devices/js-regions.js';
