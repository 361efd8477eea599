/** `kilnn/runtime/wasm-threads`: threads of the wasm device, loaded when a model asks for them. */
import type { DeviceOptions } from './devices/device.js';
import { type Crew, openThreads as open } from './devices/wasm/threads.js';
import { ownWorker } from './devices/wasm/worker-modules.js';

export const openThreads = (options: DeviceOptions): Promise<Crew> => open(options, ownWorker());
