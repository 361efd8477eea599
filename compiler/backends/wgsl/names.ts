/** Keywords and reserved words of WGSL (W3C WGSL, sections 15.1 and 15.2), and the predeclared names that our kernels use. */
const taken = new Set(
  `alias break case const const_assert continue continuing default diagnostic discard else enable false fn for if let loop override
  requires return struct switch true var while NULL Self abstract active alignas alignof as asm asm_fragment async attribute auto await
  become cast catch class co_await co_return co_yield coherent column_major common compile compile_fragment concept const_cast consteval
  constexpr constinit crate debugger decltype delete demote demote_to_helper do dynamic_cast enum explicit export extends extern external
  fallthrough filter final finally friend from fxgroup get goto groupshared highp impl implements import inline instanceof interface
  layout lowp macro macro_rules match mediump meta mod module move mut mutable namespace new nil noexcept noinline nointerpolation
  non_coherent noncoherent noperspective null nullptr of operator package packoffset partition pass patch pixelfragment precise precision
  premerge priv protected pub public readonly ref regardless register reinterpret_cast require resource restrict self set shared sizeof
  smooth snorm static static_assert static_cast std subroutine super target template this thread_local throw trait try type typedef typeid
  typename typeof union unless unorm unsafe unsized use using varying virtual volatile wgsl where with writeonly yield
  f32 i32 u32 bool vec2 vec3 vec4 vec2f vec3f vec4f vec3u array abs acos asin atan bitcast ceil clamp cos cosh exp exp2 floor fma fract
  log log2 max min pow round select sign sin sinh sqrt tan tanh trunc workgroupBarrier storageBarrier main`.split(/\s+/),
);

/** Gives out identifiers that are valid and unique in a module or function. */
export class Names {
  private readonly used: Set<string>;
  private readonly counters = new Map<string, number>();

  constructor(outer?: Names) {
    this.used = new Set(outer?.used ?? taken);
  }

  /** The wanted name if it is free, else with a number: `x`, `x_1`. Characters that WGSL has no place for become `_`. */
  unique(wanted: string): string {
    const clean = wanted.replace(/[^A-Za-z0-9_]+/g, '_').replace(/^_+(?=.)|_+$/g, '');
    const base = /^[A-Za-z]/.test(clean) ? clean : `t${clean}`;
    let name = base;
    for (let i = 1; this.used.has(name); i++) name = `${base}_${i}`;
    this.used.add(name);
    return name;
  }

  /** `v0`, `v1` ...: a name from a numbered family. */
  next(family: string): string {
    for (;;) {
      const number = this.counters.get(family) ?? 0;
      this.counters.set(family, number + 1);
      const name = `${family}${number}`;
      if (this.used.has(name)) continue;
      this.used.add(name);
      return name;
    }
  }
}
