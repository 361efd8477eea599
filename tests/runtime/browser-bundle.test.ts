import { createContext, runInContext } from 'node:vm';
import { build } from 'esbuild';
import { expect, test } from 'vitest';
import { floats, tensorOf, torchFile } from '../helpers/torch-writer.js';
import { root } from '../repository/sources.js';

/** The whole runtime as one script for browsers. Imports of Node's modules would fail here. */
async function bundle(): Promise<string> {
  const result = await build({
    stdin: { contents: "export * from './runtime/index.ts'; export * from './runtime/torch.ts';", resolveDir: root, loader: 'ts' },
    bundle: true,
    write: false,
    format: 'iife',
    globalName: 'kilnn',
    platform: 'browser',
    target: 'es2022',
    logLevel: 'silent',
  });
  return result.outputFiles[0]!.text;
}

test('files, tables and loaders where there is no Node', async () => {
  const source = await bundle();
  expect(source).not.toMatch(/(from|require\()\s*["']node:/);
  const file = torchFile(tensorOf({ size: 2, shape: [2], stride: [1] }), { 0: floats(1, 2) });
  // Of Node only what browsers have too.
  const context = createContext({
    Blob,
    URL,
    Response,
    TextDecoder,
    TextEncoder,
    DecompressionStream,
    fetch: () => Promise.reject(new Error('offline')),
    bytes: [...file],
  });
  const program = `${source}
(async () => {
  const { loadTorch, loadIdx, readCsv, text, DataLoader, TensorDataset, tensor, saveSafetensors, encodeSafetensors, loadSafetensors, serveDatasets } = kilnn;
  const blob = new Blob([Uint8Array.from(bytes)]);
  const x = await loadTorch(blob);
  const saved = await loadSafetensors(new Blob([encodeSafetensors({ x })]));
  const idx = await loadIdx(Uint8Array.of(0, 0, 8, 1, 0, 0, 0, 1, 7));
  const table = await readCsv(new Blob(['a\\n3\\n']));
  const batches = [...new DataLoader(new TensorDataset(tensor([1, 2, 3])), { batchSize: 2 })].length;
  serveDatasets({ numbers: { length: 1, get: () => 1 } });
  const refused = await saveSafetensors('x.safetensors', { x }).catch(({ code, message }) => code + ' ' + message);
  const offline = await loadTorch('x.pt').catch(({ code, message }) => code + ' ' + message);
  return JSON.stringify([await text(x), await text(saved.x), await text(idx), await text(table.tensor('a')), batches, refused, offline]);
})()`;
  expect(JSON.parse((await runInContext(program, context)) as string)).toEqual([
    'tensor([1., 2.])',
    'tensor([1., 2.])',
    'tensor([7])',
    'tensor([3.])',
    2,
    'KN5005 there is no file system here: save the bytes of encodeSafetensors(dict), or give a file handle',
    'KN5005 cannot fetch x.pt: offline',
  ]);
});
