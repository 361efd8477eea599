import { readFileSync } from 'node:fs';
import { relative } from 'node:path';
import { ConstantPool, targetPlan } from './artifact/plan.js';
import type { Compilation } from './compilation.js';
import { type CompiledTarget, sourcesOf } from './compile-targets.js';
import { lineAndColumn } from './diagnostics/format.js';
import type { Span } from './ir/graph.js';
import { printGraph } from './ir/print.js';
import type { Kernel } from './kernel/kernel.js';
import { printKernel, printProgram } from './kernel/print.js';
import { kernelsIn } from './kernel/program.js';
import type { BuildOptions } from './options.js';
import { printFused } from './print-fused.js';

/** A printed part of a build. */
export interface Dump {
  /** Also a good name for a file: `mlp.js.kernels.txt`. */
  readonly name: string;
  readonly text: string;
}

/** What `emit` and `why` ask for, as far as the build went. */
export function dumpsOf(models: readonly Compilation[], options: BuildOptions): Dump[] {
  const emit = options.emit ?? [];
  return models.flatMap((compilation) => {
    const { module, model, programs, targets } = compilation;
    // A build that ends before the gradients are made has graphs to show all the same: those of the source.
    const graphs = programs.length > 0 ? programs : model.entries.map(({ graph }) => ({ kind: 'entry', graph }));
    const dumps: Dump[] = [];
    const add = (kind: string, name: string, texts: readonly string[]) => {
      if (emit.includes(kind) && texts.length > 0) dumps.push({ name: `${module}.${name}`, text: texts.join('\n') });
    };
    const graphsOf = (...kinds: string[]) => graphs.filter(({ kind }) => kinds.includes(kind)).map(({ graph }) => printGraph(graph));
    add('ir', 'ir.txt', graphsOf('init', 'entry'));
    add('gradient', 'gradient.txt', graphsOf('gradients', 'train'));
    for (const target of targets) {
      const { target: name, language } = target.backend;
      add('fused', `${name}.fused.txt`, target.programs.map(printFused));
      add('kernels', `${name}.kernels.txt`, [...new Set(kernelsOf(target).map(printKernel))]);
      add('plan', `${name}.plan.txt`, target.programs.map(printProgram));
      add(language, `kernels.${language}`, kernelTexts(compilation, target));
      if (options.why?.includes('fuse')) dumps.push({ name: `${module}.${name}.why-fuse.txt`, text: whyText(target) });
    }
    return dumps;
  });
}

/** The kernels in the target's language, or the module that they are linked to, which has the programs, too. */
function kernelTexts({ model, place }: Compilation, target: CompiledTarget): string[] {
  const { linker } = target.backend;
  if (!linker) return sourcesOf(target.kernels).map((source) => `${source}\n`);
  // A build that ends before the kernels are printed has none to link.
  if (target.kernels.size === 0) return [];
  const { programs, kernels } = targetPlan(model, target, new ConstantPool(), new Map(), { place });
  return [linker.link(programs, kernels)];
}

/** The kernels that a target's programs launch, each once. */
function kernelsOf({ programs }: CompiledTarget): Kernel[] {
  return [...new Set(programs.flatMap(kernelsIn))];
}

/** Every fusion that was refused, with its reason and the source line of the first operation. */
function whyText({ programs }: CompiledTarget): string {
  const sources = new Map<string, string>();
  const placeOf = ({ file, start }: Span): string => {
    const text = sources.get(file) ?? readFileSync(file, 'utf8');
    sources.set(file, text);
    return `${relative(process.cwd(), file)}:${lineAndColumn(text, start).line}`;
  };
  const lines = programs.flatMap(({ name, why }) => [
    `program ${name}: ${why.length === 0 ? 'everything was fused that could be' : ''}`.trimEnd(),
    ...why.map(({ producer, consumer, reason, span }) => {
      const place = span === undefined ? '' : `  (${placeOf(span)})`;
      return `  ${producer} is not fused into ${consumer}: ${reason}${place}`;
    }),
  ]);
  return `${lines.join('\n')}\n`;
}
