/** Where a built module can run. */
export const targetNames = ['js', 'webgpu'] as const;
export type TargetName = (typeof targetNames)[number];

/**
 * What can be printed of a build. `ir`: each entry's graph as the source says it; `gradient`: the gradient and training
 * graphs; `fused`: the kernels of each program, with what was fused into them; `kernels`: the kernels' loop-level IR; `plan`: buffers,
 * arena and launches; `js`, `wgsl`: the kernels' final text.
 */
export const emitKinds = ['ir', 'gradient', 'fused', 'kernels', 'plan', 'js', 'wgsl'] as const;
export type EmitKind = (typeof emitKinds)[number];

/** Decisions of the compiler that can be asked for. */
export const whyTopics = ['fuse'] as const;
export type WhyTopic = (typeof whyTopics)[number];

export interface BuildOptions {
  /** Folder that the modules are written to; nothing is written without one. */
  readonly out?: string;
  /** All targets if not given. */
  readonly targets?: readonly TargetName[];
  readonly emit?: readonly EmitKind[];
  /** Ends the build after this stage (see `stageNames` of pipeline.ts); the graphs as they are then can be printed. */
  readonly stopAfter?: string;
  readonly why?: readonly WhyTopic[];
  /** Writes modules without comments and line breaks. */
  readonly minify?: boolean;
}

export interface FreezeOptions {
  /** A safetensors file with every parameter and buffer of the model. */
  readonly weights: string;
  readonly out?: string;
  readonly targets?: readonly TargetName[];
  readonly minify?: boolean;
}
