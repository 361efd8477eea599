import { type Dim, dimText } from '../../ir/dim.js';
import type { DType } from '../../ir/types.js';
import type { Kernel } from '../../kernel/kernel.js';
import { functionSources } from './functions.js';
import { Names } from './names.js';
import { primary, storageType, type Text, valueType } from './text.js';

/** Memory that the invocations of a workgroup share. */
interface Shared {
  readonly name: string;
  readonly element: string;
  length: number;
}

/** A WGSL module under construction: its declarations. Functions ask it for what they use, so that it holds nothing else. */
export class ModuleWriter {
  readonly names = new Names();
  /** Names of the kernel's tensors, by number. */
  readonly tensors: readonly string[];
  private readonly sizes = new Map<string, { dim: Dim; field: string }>();
  private readonly sizeFields = new Names();
  private readonly called = new Set<string>();
  private readonly shared = new Map<string, Shared>();
  private readonly functions: string[] = [];

  constructor(readonly kernel: Kernel) {
    this.names.unique('sizes');
    this.tensors = kernel.tensors.map((tensor) => this.names.unique(tensor.name));
  }

  dtypeOf(tensor: number): DType {
    return this.kernel.tensors[tensor]!.dtype;
  }

  /** A size as an i32 expression: a number, or a field of the uniform `sizes`. */
  size(dim: Dim): Text {
    if (typeof dim === 'number') return primary(String(dim));
    const key = dimText(dim);
    let entry = this.sizes.get(key);
    if (!entry) {
      entry = { dim, field: this.sizeFields.unique(/^\w+$/.test(key) ? key : 'size') };
      this.sizes.set(key, entry);
    }
    return primary(`sizes.${entry.field}`);
  }

  /** The sizes that must be given at run time, in the order of the uniform's fields. */
  sizeDims(): Dim[] {
    return [...this.sizes.values()].map((entry) => entry.dim);
  }

  /** Calls one of the functions of `functions.ts`. */
  function(name: string): string {
    this.called.add(name);
    return name;
  }

  /** Adds a function of the kernel's own. */
  addFunction(source: string): void {
    this.functions.push(source);
  }

  /** Shared memory under a fixed name: parts of a kernel that ask for the same name share it, at the greatest length. */
  workgroupMemory(name: string, element: string, length: number): string {
    const key = `${name}: ${element}`;
    let entry = this.shared.get(key);
    if (!entry) {
      entry = { name: this.names.unique(name), element, length };
      this.shared.set(key, entry);
    }
    entry.length = Math.max(entry.length, length);
    return entry.name;
  }

  /** The whole module around `main`. */
  text(main: string): string {
    const sections: string[] = [];
    const bindings = this.kernel.tensors.map((tensor, i) => {
      const access = tensor.access === 'read' ? 'read' : 'read_write';
      const note = tensor.dtype === 'bool' ? ` // bool` : '';
      return `@group(0) @binding(${i}) var<storage, ${access}> ${this.tensors[i]}: array<${storageType(valueType(tensor.dtype))}>;${note}`;
    });
    const entries = [...this.sizes.values()];
    if (entries.length > 0) {
      const fields = entries.map(({ dim, field }) => `  ${field}: i32,${dimText(dim) === field ? '' : ` // ${dimText(dim)}`}`);
      sections.push(`struct Sizes {\n${fields.join('\n')}\n}`);
      bindings.push(`@group(0) @binding(${this.kernel.tensors.length}) var<uniform> sizes: Sizes;`);
    }
    sections.push(bindings.join('\n'));
    if (this.shared.size > 0) {
      const lines = [...this.shared.values()].map(({ name, element, length }) => `var<workgroup> ${name}: array<${element}, ${length}>;`);
      sections.push(lines.join('\n'));
    }
    sections.push(...functionSources(this.called), ...this.functions, main);
    return `${sections.filter((section) => section !== '').join('\n\n')}\n`;
  }
}
