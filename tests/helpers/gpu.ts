import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { constants } from 'node:os';
import { dirname, join } from 'node:path';
import { brotliDecompressSync } from 'node:zlib';
import { chromiumPackage, unpackOnce } from './unpack-chromium.js';

/**
 * A real WebGPU for tests, from npm packages alone: Dawn (`webgpu`) on SwiftShader, the CPU implementation of Vulkan that
 * `@sparticuz/chromium` carries. With KILNN_GPU=native, and where there is no such SwiftShader (not Linux on x64), it is the
 * machine's own GPU. Throws when there is no adapter: a GPU test never passes by not running.
 */
export async function openGpu(): Promise<GPU> {
  opened ??= open();
  return opened;
}

let opened: Promise<GPU> | undefined;

async function open(): Promise<GPU> {
  const native = process.env.KILNN_GPU === 'native' || process.platform !== 'linux' || process.arch !== 'x64';
  if (!native) useSwiftShader();
  const { create, globals } = await import('webgpu');
  Object.assign(globalThis, globals);
  pollGently();
  const gpu = create([]);
  const adapter = await gpu.requestAdapter();
  if (!adapter) {
    throw new Error(
      `WebGPU has no adapter (${native ? "the machine's own GPU" : 'SwiftShader'}): are 'webgpu' and '@sparticuz/chromium' installed?`,
    );
  }
  console.info(`WebGPU adapter: ${adapterName(adapter)}`);
  return gpu;
}

/**
 * Dawn asks by `setImmediate`, again and again, whether the device has finished: a busy loop that takes a core from the device
 * where that is the CPU. A look every millisecond is enough.
 */
function pollGently(): void {
  globalThis.setImmediate = ((callback: (...args: unknown[]) => void, ...args: unknown[]) =>
    setTimeout(callback, 1, ...args)) as unknown as typeof setImmediate;
}

/** What the adapter calls itself: `google swiftshader SwiftShader driver 5.0.0`. */
export function adapterName(adapter: GPUAdapter): string {
  const { vendor, architecture, description } = adapter.info;
  return [vendor, architecture, description].filter((part) => part !== '').join(' ');
}

/**
 * Makes Dawn find SwiftShader in this process. The loader reads VK_ICD_FILENAMES when Dawn makes its instance; Dawn asks for
 * `libvulkan.so.1` by that name, and the dynamic linker answers with a library of that name that is loaded already.
 */
function useSwiftShader(): void {
  const folder = extractSwiftShader();
  process.env.VK_ICD_FILENAMES = join(folder, 'vk_swiftshader_icd.json');
  const RTLD_NODELETE = 0x1000;
  try {
    process.dlopen(
      { exports: {} },
      join(folder, 'libvulkan.so.1'),
      constants.dlopen.RTLD_NOW | constants.dlopen.RTLD_GLOBAL | RTLD_NODELETE,
    );
  } catch (error) {
    // It is no Node addon, which Node says after loading it.
    if (!(error instanceof Error && error.message.includes('did not self-register'))) throw error;
  }
}

function extractSwiftShader(): string {
  return unpackOnce('swiftshader', (folder) => {
    const archive = brotliDecompressSync(readFileSync(join(chromiumPackage(), 'bin', 'swiftshader.tar.br')));
    for (const { name, content } of tarEntries(archive)) {
      const path = join(folder, name);
      mkdirSync(dirname(path), { recursive: true });
      writeFileSync(path, content, { mode: 0o755 });
    }
  });
}

/** The plain files of a tar archive: 512-byte headers (name at 0, octal size at 124, type at 156), contents padded to 512. */
function* tarEntries(archive: Buffer): Generator<{ name: string; content: Buffer }> {
  for (let at = 0; at + 512 <= archive.length; ) {
    const name = archive.toString('utf8', at, at + 100).replace(/\0.*$/s, '');
    if (name === '') return;
    const size = Number.parseInt(archive.toString('ascii', at + 124, at + 136), 8);
    const type = String.fromCharCode(archive[at + 156]!);
    if (type === '0' || type === '\0') yield { name, content: archive.subarray(at + 512, at + 512 + size) };
    at += 512 + Math.ceil(size / 512) * 512;
  }
}
