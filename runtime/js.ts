/** `kilnn/runtime/js`: the js device, imported by modules that are built with the js target. */
export { js } from './devices/js.js';
