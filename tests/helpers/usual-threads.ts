import { splitting, usualLeastWork } from '../../runtime/devices/wasm/record.js';
import { stopAll } from '../../runtime/devices/wasm/threads.js';

/**
 * Threads as a program finds them when it begins. Files of tests share a process: what one has set for itself, and the workers of models
 * that it did not dispose of, would be there for the next.
 */
export function usualThreads(): void {
  splitting.leastWork = usualLeastWork;
  stopAll();
}
