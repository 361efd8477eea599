/**
 * `kilnn/runtime`: what built modules import, and what programs need beside them. Devices are entry points of their own
 * (`kilnn/runtime/js`, `kilnn/runtime/webgpu`), so that only what a module was built for is bundled.
 */
export type { NestedNumbers } from './array.js';
export { type CsvOptions, type CsvTable, type CsvType, csvRecords, readCsv } from './data/csv.js';
export type { CsvField, CsvRecord } from './data/csv-parser.js';
export { DataLoader, type DataLoaderOptions, type Sampler } from './data/data-loader.js';
export { type BatchedDataset, type Collated, collate, type Dataset, type IterableDataset, TensorDataset } from './data/dataset.js';
export { type IdxArray, type IdxOptions, loadIdx, parseIdx } from './data/idx.js';
export { serveDatasets } from './data/serve-datasets.js';
export type { WebWorker, WorkerModule } from './data/served.js';
export { randomSplit, Subset } from './data/subset.js';
export type { DeviceKind, DeviceOptions, ThreadUse } from './devices/device.js';
export { KilnnError } from './errors.js';
export { type CreateOptions, defineModel, Model, type ModelClass } from './model.js';
export type { Optimizer, Schedule } from './optimizer.js';
export { print, text } from './print.js';
export type { DType } from './program.js';
export type { OpenOptions, StateDict } from './runner.js';
export type { LoadOptions, LoadResult } from './state/dictionary.js';
export type { StoredArray, StoredTensor, StoredType } from './state/element-types.js';
export { type FileSource, loadSafetensors, saveSafetensors, type WritableFile } from './state/files.js';
export {
  decodeSafetensors,
  encodeSafetensors,
  type SafetensorsOptions,
  type SelectOptions,
  safetensorsMetadata,
} from './state/safetensors.js';
export { loadTensors, saveTensors, type TensorTree } from './state/structure.js';
export { type AnyTensor, type ArrayOf, type Shape, Tensor, type TensorLike, tensor, zeros } from './tensor.js';
