/** Before each file of tests: those that let threads share all work leave that to nobody else, though files share a process. */
import { splitting, usualLeastWork } from '../../runtime/devices/wasm/record.js';

splitting.leastWork = usualLeastWork;
