@group(0) @binding(0) var<storage, read> rng: array<i32>;
@group(0) @binding(1) var<storage, read_write> weight: array<f32>;
@group(0) @binding(2) var<storage, read_write> bias: array<f32>;
@group(0) @binding(3) var<storage, read_write> weight_3: array<f32>;
@group(0) @binding(4) var<storage, read_write> bias_4: array<f32>;

fn uniform_random(key: vec2<i32>, index: i32, stream: u32) -> f32 {
  let k = vec3(bitcast<u32>(key.x), bitcast<u32>(key.y), bitcast<u32>(key.x ^ key.y) ^ 0x1bd11bdau);
  var x = vec2(bitcast<u32>(index), stream) + k.xy;
  for (var i = 1u; i <= 5u; i++) {
    let turns = select(vec4(17u, 29u, 16u, 24u), vec4(13u, 15u, 26u, 6u), (i & 1u) == 1u);
    for (var j = 0u; j < 4u; j++) {
      x.x += x.y;
      x.y = ((x.y << turns[j]) | (x.y >> (32u - turns[j]))) ^ x.x;
    }
    x += vec2(k[i % 3u], k[(i + 1u) % 3u] + i);
  }
  return f32(x.x >> 8u) * 5.9604645e-8;
}

fn part_0(group: i32, lane: i32) {
  let row = group * 64 + lane;
  if (row < 2560) {
    weight[row] = uniform_random(vec2(rng[0], rng[1]), row, 2u) * 0.125 - 0.0625;
  }
}

fn part_1(group: i32, lane: i32) {
  let row = group * 64 + lane;
  if (row < 10) {
    bias[row] = uniform_random(vec2(rng[0], rng[1]), row, 3u) * 0.125 - 0.0625;
  }
}

fn part_2(group: i32, lane: i32) {
  let row = group * 64 + lane;
  if (row < 200704) {
    weight_3[row] = uniform_random(vec2(rng[0], rng[1]), row, 0u) * 0.071428575 - 0.035714287;
  }
}

fn part_3(group: i32, lane: i32) {
  let row = group * 64 + lane;
  if (row < 256) {
    bias_4[row] = uniform_random(vec2(rng[0], rng[1]), row, 1u) * 0.071428575 - 0.035714287;
  }
}

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) workgroup: vec3<u32>, @builtin(local_invocation_index) lane_index: u32) {
  let lane = i32(lane_index);
  let global_group = i32(workgroup.x);
  if (global_group < 40) {
    part_0(global_group, lane);
  } else if (global_group < 41) {
    part_1(global_group - 40, lane);
  } else if (global_group < 3177) {
    part_2(global_group - 41, lane);
  } else if (global_group < 3181) {
    part_3(global_group - 3177, lane);
  }
}


struct Sizes {
  size: i32, // 8*floordiv(batch + 31, 32)
  batch: i32,
  size_1: i32, // floordiv(batch + 31, 32)
}

@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read> weight: array<f32>;
@group(0) @binding(2) var<storage, read> bias: array<f32>;
@group(0) @binding(3) var<storage, read_write> t3: array<f32>;
@group(0) @binding(4) var<uniform> sizes: Sizes;

var<workgroup> tile_a: array<vec4<f32>, 288>;
var<workgroup> tile_b: array<vec4<f32>, 288>;
var<workgroup> partial_acc: array<vec4<f32>, 256>;

fn load_a(m: i32, k: i32) -> f32 {
  if (m >= sizes.batch || k >= 784) { return 0.0; }
  return x[m * 784 + k];
}

fn load_b(k: i32, n: i32) -> f32 {
  if (k >= 784) { return 0.0; }
  return weight[n * 784 + k];
}

fn store(m: i32, n: i32, acc: f32) {
  if (m >= sizes.batch) { return; }
  t3[m * 256 + n] = acc + bias[n];
}

@compute @workgroup_size(256)
fn main(@builtin(workgroup_id) workgroup: vec3<u32>, @builtin(num_workgroups) grid: vec3<u32>, @builtin(local_invocation_index) lane_index: u32) {
  let lane = i32(lane_index);
  let group = i32(workgroup.x + workgroup.y * grid.x);
  if (group >= sizes.size) { return; }
  // 32 x 32 results a workgroup, 4 x 4 an invocation, 4 invocations a block.
  let m0 = group / 8 * 32;
  let n0 = group % 8 * 32;
  let block = lane % 64;
  let slice = lane / 64;
  let row = block / 8;
  let column = block % 8;
  var acc0 = vec4<f32>();
  var acc1 = vec4<f32>();
  var acc2 = vec4<f32>();
  var acc3 = vec4<f32>();
  for (var k0 = 0; k0 < 784; k0 += 32) {
    {
      let k = lane % 32;
      let side = lane / 32 * 4;
      tile_a[k * 9 + side / 4] = vec4(
        load_a(m0 + side, k0 + k),
        load_a(m0 + side + 1, k0 + k),
        load_a(m0 + side + 2, k0 + k),
        load_a(m0 + side + 3, k0 + k)
      );
    }
    {
      let k = lane % 32;
      let side = lane / 32 * 4;
      tile_b[k * 9 + side / 4] = vec4(
        load_b(k0 + k, n0 + side),
        load_b(k0 + k, n0 + side + 1),
        load_b(k0 + k, n0 + side + 2),
        load_b(k0 + k, n0 + side + 3)
      );
    }
    workgroupBarrier();
    for (var k = slice; k < 32; k += 4) {
      let a = tile_a[k * 9 + row];
      let b = tile_b[k * 9 + column];
      acc0 += a.x * b;
      acc1 += a.y * b;
      acc2 += a.z * b;
      acc3 += a.w * b;
    }
    workgroupBarrier();
  }
  let rows = array(acc0, acc1, acc2, acc3);
  for (var i = 0; i < 4; i++) {
    partial_acc[lane] = rows[i];
    workgroupBarrier();
    for (var half = 128; half >= 64; half /= 2) {
      if (lane < half) { partial_acc[lane] += partial_acc[lane + half]; }
      workgroupBarrier();
    }
    if (slice == 0) {
      for (var j = 0; j < 4; j++) {
        store(m0 + row * 4 + i, n0 + column * 4 + j, partial_acc[block][j]);
      }
    }
    workgroupBarrier();
  }
}


struct Sizes {
  size: i32, // floordiv(batch + 31, 32)
  batch: i32,
}

@group(0) @binding(0) var<storage, read> t0: array<f32>;
@group(0) @binding(1) var<storage, read> weight: array<f32>;
@group(0) @binding(2) var<storage, read> bias: array<f32>;
@group(0) @binding(3) var<storage, read_write> result: array<f32>;
@group(0) @binding(4) var<uniform> sizes: Sizes;

var<workgroup> tile_a: array<vec4<f32>, 288>;
var<workgroup> tile_b: array<vec4<f32>, 160>;
var<workgroup> partial_acc: array<vec4<f32>, 256>;

fn load_a(m: i32, k: i32) -> f32 {
  if (m >= sizes.batch) { return 0.0; }
  let t0_at = t0[m * 256 + k];
  return select(t0_at, 0.0, t0_at <= 0.0);
}

fn load_b(k: i32, n: i32) -> f32 {
  if (n >= 10) { return 0.0; }
  return weight[n * 256 + k];
}

fn store(m: i32, n: i32, acc: f32) {
  if (m >= sizes.batch || n >= 10) { return; }
  result[m * 10 + n] = acc + bias[n];
}

@compute @workgroup_size(256)
fn main(@builtin(workgroup_id) workgroup: vec3<u32>, @builtin(num_workgroups) grid: vec3<u32>, @builtin(local_invocation_index) lane_index: u32) {
  let lane = i32(lane_index);
  let group = i32(workgroup.x + workgroup.y * grid.x);
  if (group >= sizes.size) { return; }
  // 32 x 16 results a workgroup, 4 x 4 an invocation, 8 invocations a block.
  let m0 = group * 32;
  let n0 = 0 * 16;
  let block = lane % 32;
  let slice = lane / 32;
  let row = block / 4;
  let column = block % 4;
  var acc0 = vec4<f32>();
  var acc1 = vec4<f32>();
  var acc2 = vec4<f32>();
  var acc3 = vec4<f32>();
  for (var k0 = 0; k0 < 256; k0 += 32) {
    {
      let k = lane % 32;
      let side = lane / 32 * 4;
      tile_a[k * 9 + side / 4] = vec4(
        load_a(m0 + side, k0 + k),
        load_a(m0 + side + 1, k0 + k),
        load_a(m0 + side + 2, k0 + k),
        load_a(m0 + side + 3, k0 + k)
      );
    }
    if (lane < 128) {
      let k = lane % 32;
      let side = lane / 32 * 4;
      tile_b[k * 5 + side / 4] = vec4(
        load_b(k0 + k, n0 + side),
        load_b(k0 + k, n0 + side + 1),
        load_b(k0 + k, n0 + side + 2),
        load_b(k0 + k, n0 + side + 3)
      );
    }
    workgroupBarrier();
    for (var k = slice; k < 32; k += 8) {
      let a = tile_a[k * 9 + row];
      let b = tile_b[k * 5 + column];
      acc0 += a.x * b;
      acc1 += a.y * b;
      acc2 += a.z * b;
      acc3 += a.w * b;
    }
    workgroupBarrier();
  }
  let rows = array(acc0, acc1, acc2, acc3);
  for (var i = 0; i < 4; i++) {
    partial_acc[lane] = rows[i];
    workgroupBarrier();
    for (var half = 128; half >= 32; half /= 2) {
      if (lane < half) { partial_acc[lane] += partial_acc[lane + half]; }
      workgroupBarrier();
    }
    if (slice == 0) {
      for (var j = 0; j < 4; j++) {
        store(m0 + row * 4 + i, n0 + column * 4 + j, partial_acc[block][j]);
      }
    }
    workgroupBarrier();
  }
}


struct Sizes {
  size: i32, // floordiv(batch + 255, 256)
  batch: i32,
}

@group(0) @binding(0) var<storage, read> t0: array<f32>;
@group(0) @binding(1) var<storage, read> y: array<i32>;
@group(0) @binding(2) var<storage, read_write> t2: array<f32>;
@group(0) @binding(3) var<uniform> sizes: Sizes;

fn nan() -> f32 { let bits = 0x7fc00000u; return bitcast<f32>(bits); }

fn inf() -> f32 { let bits = 0x7f800000u; return bitcast<f32>(bits); }

fn is_nan(x: f32) -> bool { return (bitcast<u32>(x) & 0x7fffffffu) > 0x7f800000u; }

fn maximum(x: f32, y: f32) -> f32 { return select(select(y, x, x > y), x, is_nan(x)); }

fn exp_(x: f32) -> f32 { return select(exp(x), x, is_nan(x)); }

fn log_reduced(e: f32, f: f32) -> f32 {
  let s = f / (2.0 + f);
  let z = s * s;
  let r = z * (0.6666667 + z * (0.4 + z * (0.2857143 + z * 0.22222222)));
  let h = 0.5 * f * f;
  return e * 0.69313812 + (f - (h - (s * (h + r) + e * 9.0580006e-6)));
}

fn log_(x: f32) -> f32 {
  var bits = bitcast<u32>(x);
  if (bits == 0x7f800000u || is_nan(x)) { return x; }
  if ((bits & 0x7fffffffu) == 0u) { return -inf(); }
  if ((bits >> 31u) == 1u) { return nan(); }
  var e = -127;
  // A subnormal number is its bits, as an integer, times 2^-149.
  if (bits < 0x00800000u) {
    bits = bitcast<u32>(f32(bits));
    e -= 149;
  }
  bits += 0x3f800000u - 0x3f3504f3u;
  return log_reduced(f32(e + i32(bits >> 23u)), bitcast<f32>((bits & 0x007fffffu) + 0x3f3504f3u) - 1.0);
}

@compute @workgroup_size(256)
fn main(@builtin(workgroup_id) workgroup: vec3<u32>, @builtin(num_workgroups) grid: vec3<u32>, @builtin(local_invocation_index) lane_index: u32) {
  let lane = i32(lane_index);
  let group = i32(workgroup.x + workgroup.y * grid.x);
  if (group >= sizes.size) { return; }
  let row = group * 256 + lane;
  if (row < sizes.batch) {
    var max0: f32 = -inf();
    let i0 = row * 10;
    for (var j0 = 0; j0 < 10; j0++) {
      let t0_at = t0[i0 + j0];
      max0 = maximum(max0, t0_at);
    }
    var sum0: f32 = 0.0;
    for (var j0_1 = 0; j0_1 < 10; j0_1++) {
      let t0_at_1 = t0[i0 + j0_1];
      sum0 += exp_(t0_at_1 - max0);
    }
    let y_at = y[row];
    let v0 = y_at == -100;
    t2[row] = select(-(t0[i0 + min(max(select(y_at, 0, v0), 0), 9)] - max0 - log_(sum0)), 0.0, v0);
  }
}


struct Sizes {
  batch: i32,
}

@group(0) @binding(0) var<storage, read> t0: array<f32>;
@group(0) @binding(1) var<storage, read> y: array<i32>;
@group(0) @binding(2) var<storage, read_write> loss: array<f32>;
@group(0) @binding(3) var<uniform> sizes: Sizes;

var<workgroup> partial_f32: array<f32, 256>;

@compute @workgroup_size(256)
fn main(@builtin(workgroup_id) workgroup: vec3<u32>, @builtin(local_invocation_index) lane_index: u32) {
  let lane = i32(lane_index);
  let group = i32(workgroup.x);
  let row = group;
  var sum0: f32 = 0.0;
  var sum1: f32 = 0.0;
  for (var i = lane; i < sizes.batch; i += 256) {
    sum0 += t0[i];
    sum1 += select(1.0, 0.0, y[i] == -100);
  }
  partial_f32[lane] = sum0;
  workgroupBarrier();
  for (var half = 128; half > 0; half /= 2) {
    if (lane < half) {
      partial_f32[lane] += partial_f32[lane + half];
    }
    workgroupBarrier();
  }
  sum0 = partial_f32[0];
  workgroupBarrier();
  partial_f32[lane] = sum1;
  workgroupBarrier();
  for (var half = 128; half > 0; half /= 2) {
    if (lane < half) {
      partial_f32[lane] += partial_f32[lane + half];
    }
    workgroupBarrier();
  }
  sum1 = partial_f32[0];
  workgroupBarrier();
  if (lane == 0) {
    loss[0] = sum0 / sum1;
  }
}


struct Sizes {
  batch: i32,
  size: i32, // floordiv(batch + 31, 32)
  size_1: i32, // 8*floordiv(batch + 31, 32)
  size_2: i32, // 8*floordiv(batch + 31, 32) + 1
}

@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read> weight: array<f32>;
@group(0) @binding(2) var<storage, read> bias: array<f32>;
@group(0) @binding(3) var<storage, read> y: array<i32>;
@group(0) @binding(4) var<storage, read_write> t4: array<f32>;
@group(0) @binding(5) var<storage, read_write> t5: array<f32>;
@group(0) @binding(6) var<uniform> sizes: Sizes;

var<workgroup> tile_a: array<vec4<f32>, 288>;
var<workgroup> tile_b: array<vec4<f32>, 288>;
var<workgroup> partial_acc: array<vec4<f32>, 256>;
var<workgroup> partial_f32: array<f32, 256>;

fn load_a(m: i32, k: i32) -> f32 {
  if (m >= sizes.batch || k >= 784) { return 0.0; }
  return x[m * 784 + k];
}

fn load_b(k: i32, n: i32) -> f32 {
  if (k >= 784) { return 0.0; }
  return weight[n * 784 + k];
}

fn store(m: i32, n: i32, acc: f32) {
  if (m >= sizes.batch) { return; }
  t4[m * 256 + n] = acc + bias[n];
}

fn part_0(group: i32, lane: i32) {
  // 32 x 32 results a workgroup, 4 x 4 an invocation, 4 invocations a block.
  let m0 = group / 8 * 32;
  let n0 = group % 8 * 32;
  let block = lane % 64;
  let slice = lane / 64;
  let row = block / 8;
  let column = block % 8;
  var acc0 = vec4<f32>();
  var acc1 = vec4<f32>();
  var acc2 = vec4<f32>();
  var acc3 = vec4<f32>();
  for (var k0 = 0; k0 < 784; k0 += 32) {
    {
      let k = lane % 32;
      let side = lane / 32 * 4;
      tile_a[k * 9 + side / 4] = vec4(
        load_a(m0 + side, k0 + k),
        load_a(m0 + side + 1, k0 + k),
        load_a(m0 + side + 2, k0 + k),
        load_a(m0 + side + 3, k0 + k)
      );
    }
    {
      let k = lane % 32;
      let side = lane / 32 * 4;
      tile_b[k * 9 + side / 4] = vec4(
        load_b(k0 + k, n0 + side),
        load_b(k0 + k, n0 + side + 1),
        load_b(k0 + k, n0 + side + 2),
        load_b(k0 + k, n0 + side + 3)
      );
    }
    workgroupBarrier();
    for (var k = slice; k < 32; k += 4) {
      let a = tile_a[k * 9 + row];
      let b = tile_b[k * 9 + column];
      acc0 += a.x * b;
      acc1 += a.y * b;
      acc2 += a.z * b;
      acc3 += a.w * b;
    }
    workgroupBarrier();
  }
  let rows = array(acc0, acc1, acc2, acc3);
  for (var i = 0; i < 4; i++) {
    partial_acc[lane] = rows[i];
    workgroupBarrier();
    for (var half = 128; half >= 64; half /= 2) {
      if (lane < half) { partial_acc[lane] += partial_acc[lane + half]; }
      workgroupBarrier();
    }
    if (slice == 0) {
      for (var j = 0; j < 4; j++) {
        store(m0 + row * 4 + i, n0 + column * 4 + j, partial_acc[block][j]);
      }
    }
    workgroupBarrier();
  }
}

fn part_1(group: i32, lane: i32) {
  let row = group;
  var sum0: f32 = 0.0;
  for (var i = lane; i < sizes.batch; i += 256) {
    sum0 += select(1.0, 0.0, y[i] == -100);
  }
  partial_f32[lane] = sum0;
  workgroupBarrier();
  for (var half = 128; half > 0; half /= 2) {
    if (lane < half) {
      partial_f32[lane] += partial_f32[lane + half];
    }
    workgroupBarrier();
  }
  sum0 = partial_f32[0];
  workgroupBarrier();
  if (lane == 0) {
    t5[0] = sum0;
  }
}

@compute @workgroup_size(256)
fn main(@builtin(workgroup_id) workgroup: vec3<u32>, @builtin(num_workgroups) grid: vec3<u32>, @builtin(local_invocation_index) lane_index: u32) {
  let lane = i32(lane_index);
  let global_group = i32(workgroup.x + workgroup.y * grid.x);
  if (global_group < sizes.size_1) {
    part_0(global_group, lane);
  } else if (global_group < sizes.size_2) {
    part_1(global_group - sizes.size_1, lane);
  }
}


struct Sizes {
  size: i32, // floordiv(batch + 255, 256)
  batch: i32,
}

@group(0) @binding(0) var<storage, read> t0: array<f32>;
@group(0) @binding(1) var<storage, read> y: array<i32>;
@group(0) @binding(2) var<storage, read> t2: array<f32>;
@group(0) @binding(3) var<storage, read_write> t3: array<f32>;
@group(0) @binding(4) var<storage, read_write> t4: array<f32>;
@group(0) @binding(5) var<uniform> sizes: Sizes;

fn nan() -> f32 { let bits = 0x7fc00000u; return bitcast<f32>(bits); }

fn inf() -> f32 { let bits = 0x7f800000u; return bitcast<f32>(bits); }

fn is_nan(x: f32) -> bool { return (bitcast<u32>(x) & 0x7fffffffu) > 0x7f800000u; }

fn maximum(x: f32, y: f32) -> f32 { return select(select(y, x, x > y), x, is_nan(x)); }

fn exp_(x: f32) -> f32 { return select(exp(x), x, is_nan(x)); }

fn log_reduced(e: f32, f: f32) -> f32 {
  let s = f / (2.0 + f);
  let z = s * s;
  let r = z * (0.6666667 + z * (0.4 + z * (0.2857143 + z * 0.22222222)));
  let h = 0.5 * f * f;
  return e * 0.69313812 + (f - (h - (s * (h + r) + e * 9.0580006e-6)));
}

fn log_(x: f32) -> f32 {
  var bits = bitcast<u32>(x);
  if (bits == 0x7f800000u || is_nan(x)) { return x; }
  if ((bits & 0x7fffffffu) == 0u) { return -inf(); }
  if ((bits >> 31u) == 1u) { return nan(); }
  var e = -127;
  // A subnormal number is its bits, as an integer, times 2^-149.
  if (bits < 0x00800000u) {
    bits = bitcast<u32>(f32(bits));
    e -= 149;
  }
  bits += 0x3f800000u - 0x3f3504f3u;
  return log_reduced(f32(e + i32(bits >> 23u)), bitcast<f32>((bits & 0x007fffffu) + 0x3f3504f3u) - 1.0);
}

@compute @workgroup_size(256)
fn main(@builtin(workgroup_id) workgroup: vec3<u32>, @builtin(num_workgroups) grid: vec3<u32>, @builtin(local_invocation_index) lane_index: u32) {
  let lane = i32(lane_index);
  let group = i32(workgroup.x + workgroup.y * grid.x);
  if (group >= sizes.size) { return; }
  let row = group * 256 + lane;
  if (row < sizes.batch) {
    var max0: f32 = -inf();
    let i0 = row * 10;
    for (var j0 = 0; j0 < 10; j0++) {
      let i1 = i0 + j0;
      let t0_at = t0[i1];
      max0 = maximum(max0, t0_at);
    }
    var sum0: f32 = 0.0;
    for (var j0_1 = 0; j0_1 < 10; j0_1++) {
      let i2 = i0 + j0_1;
      let t0_at_1 = t0[i2];
      let v0 = exp_(t0_at_1 - max0);
      sum0 += v0;
    }
    let y_at = y[row];
    let v1 = y_at == -100;
    let v2 = select(y_at, 0, v1);
    let v0_1 = v2;
    let v1_1 = -select(1.0 / t2[0], 0.0, v1) + 0.0;
    var sum1: f32 = 0.0;
    for (var j0_2 = 0; j0_2 < 10; j0_2++) {
      let v3 = select(0.0, v1_1, j0_2 == v0_1);
      sum1 += -v3;
    }
    let v2_1 = sum1 / sum0;
    t3[row] = select(-(t0[i0 + min(max(v2, 0), 9)] - max0 - log_(sum0)), 0.0, v1);
    for (var j0_3 = 0; j0_3 < 10; j0_3++) {
      let v4 = select(0.0, v1_1, j0_3 == v0_1);
      let i3 = i0 + j0_3;
      let t0_at_2 = t0[i3];
      let v5 = exp_(t0_at_2 - max0);
      t4[i3] = v4 + v2_1 * v5;
    }
  }
}


struct Sizes {
  batch: i32,
}

@group(0) @binding(0) var<storage, read> t0: array<f32>;
@group(0) @binding(1) var<storage, read> t1: array<f32>;
@group(0) @binding(2) var<storage, read_write> weight: array<f32>;
@group(0) @binding(3) var<uniform> sizes: Sizes;

var<workgroup> tile_a: array<vec4<f32>, 128>;
var<workgroup> tile_b: array<vec4<f32>, 256>;
var<workgroup> partial_acc: array<vec4<f32>, 256>;

fn load_a(m: i32, k: i32) -> f32 {
  if (m >= 10 || k >= sizes.batch) { return 0.0; }
  return t0[k * 10 + m];
}

fn load_b(k: i32, n: i32) -> f32 {
  if (k >= sizes.batch) { return 0.0; }
  let t1_at = t1[k * 256 + n];
  return select(t1_at, 0.0, t1_at <= 0.0);
}

fn store(m: i32, n: i32, acc: f32) {
  if (m >= 10) { return; }
  weight[m * 256 + n] = acc;
}

@compute @workgroup_size(256)
fn main(@builtin(workgroup_id) workgroup: vec3<u32>, @builtin(local_invocation_index) lane_index: u32) {
  let lane = i32(lane_index);
  let group = i32(workgroup.x);
  // 16 x 32 results a workgroup, 4 x 4 an invocation, 8 invocations a block.
  let m0 = 0 * 16;
  let n0 = group * 32;
  let block = lane % 32;
  let slice = lane / 32;
  let row = block / 8;
  let column = block % 8;
  var acc0 = vec4<f32>();
  var acc1 = vec4<f32>();
  var acc2 = vec4<f32>();
  var acc3 = vec4<f32>();
  for (var k0 = 0; k0 < sizes.batch; k0 += 32) {
    if (lane < 128) {
      let k = lane / 4;
      let side = lane % 4 * 4;
      tile_a[k * 4 + side / 4] = vec4(
        load_a(m0 + side, k0 + k),
        load_a(m0 + side + 1, k0 + k),
        load_a(m0 + side + 2, k0 + k),
        load_a(m0 + side + 3, k0 + k)
      );
    }
    {
      let k = lane / 8;
      let side = lane % 8 * 4;
      tile_b[k * 8 + side / 4] = vec4(
        load_b(k0 + k, n0 + side),
        load_b(k0 + k, n0 + side + 1),
        load_b(k0 + k, n0 + side + 2),
        load_b(k0 + k, n0 + side + 3)
      );
    }
    workgroupBarrier();
    for (var k = slice; k < 32; k += 8) {
      let a = tile_a[k * 4 + row];
      let b = tile_b[k * 8 + column];
      acc0 += a.x * b;
      acc1 += a.y * b;
      acc2 += a.z * b;
      acc3 += a.w * b;
    }
    workgroupBarrier();
  }
  let rows = array(acc0, acc1, acc2, acc3);
  for (var i = 0; i < 4; i++) {
    partial_acc[lane] = rows[i];
    workgroupBarrier();
    for (var half = 128; half >= 32; half /= 2) {
      if (lane < half) { partial_acc[lane] += partial_acc[lane + half]; }
      workgroupBarrier();
    }
    if (slice == 0) {
      for (var j = 0; j < 4; j++) {
        store(m0 + row * 4 + i, n0 + column * 4 + j, partial_acc[block][j]);
      }
    }
    workgroupBarrier();
  }
}


struct Sizes {
  size: i32, // 8*floordiv(batch + 31, 32)
  batch: i32,
  size_1: i32, // floordiv(batch + 31, 32)
}

@group(0) @binding(0) var<storage, read> t0: array<f32>;
@group(0) @binding(1) var<storage, read> weight: array<f32>;
@group(0) @binding(2) var<storage, read_write> t2: array<f32>;
@group(0) @binding(3) var<uniform> sizes: Sizes;

var<workgroup> tile_a: array<vec4<f32>, 144>;
var<workgroup> tile_b: array<vec4<f32>, 128>;

fn load_a(m: i32, k: i32) -> f32 {
  if (m >= sizes.batch || k >= 10) { return 0.0; }
  return t0[m * 10 + k];
}

fn load_b(k: i32, n: i32) -> f32 {
  if (k >= 10) { return 0.0; }
  return weight[k * 256 + n];
}

fn store(m: i32, n: i32, acc: f32) {
  if (m >= sizes.batch) { return; }
  let i0 = m * 256 + n;
  t2[i0] = select(acc, 0.0, t2[i0] <= 0.0);
}

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) workgroup: vec3<u32>, @builtin(num_workgroups) grid: vec3<u32>, @builtin(local_invocation_index) lane_index: u32) {
  let lane = i32(lane_index);
  let group = i32(workgroup.x + workgroup.y * grid.x);
  if (group >= sizes.size) { return; }
  // 32 x 32 results a workgroup, 4 x 4 an invocation.
  let m0 = group / 8 * 32;
  let n0 = group % 8 * 32;
  let row = lane / 8;
  let column = lane % 8;
  var acc0 = vec4<f32>();
  var acc1 = vec4<f32>();
  var acc2 = vec4<f32>();
  var acc3 = vec4<f32>();
  for (var k0 = 0; k0 < 10; k0 += 16) {
    for (var slot = lane; slot < 128; slot += 64) {
      let k = slot % 16;
      let side = slot / 16 * 4;
      tile_a[k * 9 + side / 4] = vec4(
        load_a(m0 + side, k0 + k),
        load_a(m0 + side + 1, k0 + k),
        load_a(m0 + side + 2, k0 + k),
        load_a(m0 + side + 3, k0 + k)
      );
    }
    for (var slot = lane; slot < 128; slot += 64) {
      let k = slot / 8;
      let side = slot % 8 * 4;
      tile_b[k * 8 + side / 4] = vec4(
        load_b(k0 + k, n0 + side),
        load_b(k0 + k, n0 + side + 1),
        load_b(k0 + k, n0 + side + 2),
        load_b(k0 + k, n0 + side + 3)
      );
    }
    workgroupBarrier();
    for (var k = 0; k < 16; k++) {
      let a = tile_a[k * 9 + row];
      let b = tile_b[k * 8 + column];
      acc0 += a.x * b;
      acc1 += a.y * b;
      acc2 += a.z * b;
      acc3 += a.w * b;
    }
    workgroupBarrier();
  }
  let rows = array(acc0, acc1, acc2, acc3);
  for (var i = 0; i < 4; i++) {
    for (var j = 0; j < 4; j++) {
      store(m0 + row * 4 + i, n0 + column * 4 + j, rows[i][j]);
    }
  }
}


struct Sizes {
  batch: i32,
}

@group(0) @binding(0) var<storage, read> t0: array<f32>;
@group(0) @binding(1) var<storage, read> t1: array<f32>;
@group(0) @binding(2) var<storage, read> t2: array<f32>;
@group(0) @binding(3) var<storage, read> t3: array<f32>;
@group(0) @binding(4) var<storage, read_write> loss: array<f32>;
@group(0) @binding(5) var<storage, read_write> bias: array<f32>;
@group(0) @binding(6) var<storage, read_write> bias_6: array<f32>;
@group(0) @binding(7) var<uniform> sizes: Sizes;

var<workgroup> partial_f32: array<f32, 256>;

fn part_0(group: i32, lane: i32) {
  let row = group;
  var sum0: f32 = 0.0;
  for (var i = lane; i < sizes.batch; i += 256) {
    sum0 += t0[i];
  }
  partial_f32[lane] = sum0;
  workgroupBarrier();
  for (var half = 128; half > 0; half /= 2) {
    if (lane < half) {
      partial_f32[lane] += partial_f32[lane + half];
    }
    workgroupBarrier();
  }
  sum0 = partial_f32[0];
  workgroupBarrier();
  if (lane == 0) {
    loss[0] = sum0 / t1[0];
  }
}

fn part_1(group: i32, lane: i32) {
  // 16 rows a workgroup, 16 invocations a row; past the end the last row is computed again.
  let at = group * 16 + lane % 16;
  let row = min(at, 10 - 1);
  let slice = lane / 16;
  var sum1: f32 = 0.0;
  for (var i = slice; i < sizes.batch; i += 16) {
    sum1 += t2[i * 10 + row];
  }
  partial_f32[lane] = sum1;
  workgroupBarrier();
  for (var half = 8; half > 0; half /= 2) {
    if (slice < half) {
      partial_f32[lane] += partial_f32[lane + half * 16];
    }
    workgroupBarrier();
  }
  sum1 = partial_f32[lane % 16];
  workgroupBarrier();
  if (slice == 0 && at < 10) {
    bias[row] = sum1;
  }
}

fn part_2(group: i32, lane: i32) {
  // 32 rows a workgroup, 8 invocations a row; past the end the last row is computed again.
  let at = group * 32 + lane % 32;
  let row = min(at, 256 - 1);
  let slice = lane / 32;
  var sum2: f32 = 0.0;
  for (var i = slice; i < sizes.batch; i += 8) {
    sum2 += t3[i * 256 + row];
  }
  partial_f32[lane] = sum2;
  workgroupBarrier();
  for (var half = 4; half > 0; half /= 2) {
    if (slice < half) {
      partial_f32[lane] += partial_f32[lane + half * 32];
    }
    workgroupBarrier();
  }
  sum2 = partial_f32[lane % 32];
  workgroupBarrier();
  if (slice == 0) {
    bias_6[row] = sum2;
  }
}

@compute @workgroup_size(256)
fn main(@builtin(workgroup_id) workgroup: vec3<u32>, @builtin(local_invocation_index) lane_index: u32) {
  let lane = i32(lane_index);
  let global_group = i32(workgroup.x);
  if (global_group < 1) {
    part_0(global_group, lane);
  } else if (global_group < 2) {
    part_1(global_group - 1, lane);
  } else if (global_group < 10) {
    part_2(global_group - 2, lane);
  }
}


struct Sizes {
  batch: i32,
}

@group(0) @binding(0) var<storage, read> t0: array<f32>;
@group(0) @binding(1) var<storage, read> x: array<f32>;
@group(0) @binding(2) var<storage, read_write> weight: array<f32>;
@group(0) @binding(3) var<uniform> sizes: Sizes;

var<workgroup> tile_a: array<vec4<f32>, 256>;
var<workgroup> tile_b: array<vec4<f32>, 256>;

fn load_a(m: i32, k: i32) -> f32 {
  if (k >= sizes.batch) { return 0.0; }
  return t0[k * 256 + m];
}

fn load_b(k: i32, n: i32) -> f32 {
  if (k >= sizes.batch || n >= 784) { return 0.0; }
  return x[k * 784 + n];
}

fn store(m: i32, n: i32, acc: f32) {
  if (n >= 784) { return; }
  weight[m * 784 + n] = acc;
}

@compute @workgroup_size(256)
fn main(@builtin(workgroup_id) workgroup: vec3<u32>, @builtin(local_invocation_index) lane_index: u32) {
  let lane = i32(lane_index);
  let group = i32(workgroup.x);
  // 64 x 64 results a workgroup, 4 x 4 an invocation.
  let m0 = group / 13 * 64;
  let n0 = group % 13 * 64;
  let row = lane / 16;
  let column = lane % 16;
  var acc0 = vec4<f32>();
  var acc1 = vec4<f32>();
  var acc2 = vec4<f32>();
  var acc3 = vec4<f32>();
  for (var k0 = 0; k0 < sizes.batch; k0 += 16) {
    {
      let k = lane / 16;
      let side = lane % 16 * 4;
      tile_a[k * 16 + side / 4] = vec4(
        load_a(m0 + side, k0 + k),
        load_a(m0 + side + 1, k0 + k),
        load_a(m0 + side + 2, k0 + k),
        load_a(m0 + side + 3, k0 + k)
      );
    }
    {
      let k = lane / 16;
      let side = lane % 16 * 4;
      tile_b[k * 16 + side / 4] = vec4(
        load_b(k0 + k, n0 + side),
        load_b(k0 + k, n0 + side + 1),
        load_b(k0 + k, n0 + side + 2),
        load_b(k0 + k, n0 + side + 3)
      );
    }
    workgroupBarrier();
    for (var k = 0; k < 16; k++) {
      let a = tile_a[k * 16 + row];
      let b = tile_b[k * 16 + column];
      acc0 += a.x * b;
      acc1 += a.y * b;
      acc2 += a.z * b;
      acc3 += a.w * b;
    }
    workgroupBarrier();
  }
  let rows = array(acc0, acc1, acc2, acc3);
  for (var i = 0; i < 4; i++) {
    for (var j = 0; j < 4; j++) {
      store(m0 + row * 4 + i, n0 + column * 4 + j, rows[i][j]);
    }
  }
}


struct Sizes {
  batch: i32,
  size: i32, // floordiv(batch + 31, 32)
  size_1: i32, // 8*floordiv(batch + 31, 32) + 1
}

@group(0) @binding(0) var<storage, read> t0: array<f32>;
@group(0) @binding(1) var<storage, read> t1: array<f32>;
@group(0) @binding(2) var<storage, read> t2: array<f32>;
@group(0) @binding(3) var<storage, read> weight: array<f32>;
@group(0) @binding(4) var<storage, read> t4: array<f32>;
@group(0) @binding(5) var<storage, read_write> loss: array<f32>;
@group(0) @binding(6) var<storage, read_write> t6: array<f32>;
@group(0) @binding(7) var<uniform> sizes: Sizes;

var<workgroup> partial_f32: array<f32, 256>;
var<workgroup> tile_a: array<vec4<f32>, 144>;
var<workgroup> tile_b: array<vec4<f32>, 128>;
var<workgroup> partial_acc: array<vec4<f32>, 256>;

fn part_0(group: i32, lane: i32) {
  let row = group;
  var sum0: f32 = 0.0;
  for (var i = lane; i < sizes.batch; i += 256) {
    sum0 += t0[i];
  }
  partial_f32[lane] = sum0;
  workgroupBarrier();
  for (var half = 128; half > 0; half /= 2) {
    if (lane < half) {
      partial_f32[lane] += partial_f32[lane + half];
    }
    workgroupBarrier();
  }
  sum0 = partial_f32[0];
  workgroupBarrier();
  if (lane == 0) {
    loss[0] = sum0 / t1[0];
  }
}

fn load_a(m: i32, k: i32) -> f32 {
  if (m >= sizes.batch || k >= 10) { return 0.0; }
  return t2[m * 10 + k];
}

fn load_b(k: i32, n: i32) -> f32 {
  if (k >= 10) { return 0.0; }
  return weight[k * 256 + n];
}

fn store(m: i32, n: i32, acc: f32) {
  if (m >= sizes.batch) { return; }
  let i0 = m * 256 + n;
  t6[i0] = select(acc, 0.0, t4[i0] <= 0.0);
}

fn part_1(group: i32, lane: i32) {
  // 32 x 32 results a workgroup, 4 x 4 an invocation, 4 invocations a block.
  let m0 = group / 8 * 32;
  let n0 = group % 8 * 32;
  let block = lane % 64;
  let slice = lane / 64;
  let row = block / 8;
  let column = block % 8;
  var acc0 = vec4<f32>();
  var acc1 = vec4<f32>();
  var acc2 = vec4<f32>();
  var acc3 = vec4<f32>();
  for (var k0 = 0; k0 < 10; k0 += 16) {
    if (lane < 128) {
      let k = lane % 16;
      let side = lane / 16 * 4;
      tile_a[k * 9 + side / 4] = vec4(
        load_a(m0 + side, k0 + k),
        load_a(m0 + side + 1, k0 + k),
        load_a(m0 + side + 2, k0 + k),
        load_a(m0 + side + 3, k0 + k)
      );
    }
    if (lane < 128) {
      let k = lane / 8;
      let side = lane % 8 * 4;
      tile_b[k * 8 + side / 4] = vec4(
        load_b(k0 + k, n0 + side),
        load_b(k0 + k, n0 + side + 1),
        load_b(k0 + k, n0 + side + 2),
        load_b(k0 + k, n0 + side + 3)
      );
    }
    workgroupBarrier();
    for (var k = slice; k < 16; k += 4) {
      let a = tile_a[k * 9 + row];
      let b = tile_b[k * 8 + column];
      acc0 += a.x * b;
      acc1 += a.y * b;
      acc2 += a.z * b;
      acc3 += a.w * b;
    }
    workgroupBarrier();
  }
  let rows = array(acc0, acc1, acc2, acc3);
  for (var i = 0; i < 4; i++) {
    partial_acc[lane] = rows[i];
    workgroupBarrier();
    for (var half = 128; half >= 64; half /= 2) {
      if (lane < half) { partial_acc[lane] += partial_acc[lane + half]; }
      workgroupBarrier();
    }
    if (slice == 0) {
      for (var j = 0; j < 4; j++) {
        store(m0 + row * 4 + i, n0 + column * 4 + j, partial_acc[block][j]);
      }
    }
    workgroupBarrier();
  }
}

@compute @workgroup_size(256)
fn main(@builtin(workgroup_id) workgroup: vec3<u32>, @builtin(num_workgroups) grid: vec3<u32>, @builtin(local_invocation_index) lane_index: u32) {
  let lane = i32(lane_index);
  let global_group = i32(workgroup.x + workgroup.y * grid.x);
  if (global_group < 1) {
    part_0(global_group, lane);
  } else if (global_group < sizes.size_1) {
    part_1(global_group - 1, lane);
  }
}


struct Sizes {
  batch: i32,
}

@group(0) @binding(0) var<storage, read> t0: array<f32>;
@group(0) @binding(1) var<storage, read> t1: array<f32>;
@group(0) @binding(2) var<storage, read> lr: array<f32>;
@group(0) @binding(3) var<storage, read_write> weight: array<f32>;
@group(0) @binding(4) var<storage, read_write> momentum_buffer: array<f32>;
@group(0) @binding(5) var<uniform> sizes: Sizes;

var<workgroup> tile_a: array<vec4<f32>, 128>;
var<workgroup> tile_b: array<vec4<f32>, 256>;
var<workgroup> partial_acc: array<vec4<f32>, 256>;

fn load_a(m: i32, k: i32) -> f32 {
  if (m >= 10 || k >= sizes.batch) { return 0.0; }
  return t0[k * 10 + m];
}

fn load_b(k: i32, n: i32) -> f32 {
  if (k >= sizes.batch) { return 0.0; }
  let t1_at = t1[k * 256 + n];
  return select(t1_at, 0.0, t1_at <= 0.0);
}

fn store(m: i32, n: i32, acc: f32) {
  if (m >= 10) { return; }
  let i0 = m * 256 + n;
  let v0 = momentum_buffer[i0] * 0.9 + acc;
  weight[i0] = weight[i0] - v0 * lr[0];
  momentum_buffer[i0] = v0;
}

@compute @workgroup_size(256)
fn main(@builtin(workgroup_id) workgroup: vec3<u32>, @builtin(local_invocation_index) lane_index: u32) {
  let lane = i32(lane_index);
  let group = i32(workgroup.x);
  // 16 x 32 results a workgroup, 4 x 4 an invocation, 8 invocations a block.
  let m0 = 0 * 16;
  let n0 = group * 32;
  let block = lane % 32;
  let slice = lane / 32;
  let row = block / 8;
  let column = block % 8;
  var acc0 = vec4<f32>();
  var acc1 = vec4<f32>();
  var acc2 = vec4<f32>();
  var acc3 = vec4<f32>();
  for (var k0 = 0; k0 < sizes.batch; k0 += 32) {
    if (lane < 128) {
      let k = lane / 4;
      let side = lane % 4 * 4;
      tile_a[k * 4 + side / 4] = vec4(
        load_a(m0 + side, k0 + k),
        load_a(m0 + side + 1, k0 + k),
        load_a(m0 + side + 2, k0 + k),
        load_a(m0 + side + 3, k0 + k)
      );
    }
    {
      let k = lane / 8;
      let side = lane % 8 * 4;
      tile_b[k * 8 + side / 4] = vec4(
        load_b(k0 + k, n0 + side),
        load_b(k0 + k, n0 + side + 1),
        load_b(k0 + k, n0 + side + 2),
        load_b(k0 + k, n0 + side + 3)
      );
    }
    workgroupBarrier();
    for (var k = slice; k < 32; k += 8) {
      let a = tile_a[k * 4 + row];
      let b = tile_b[k * 8 + column];
      acc0 += a.x * b;
      acc1 += a.y * b;
      acc2 += a.z * b;
      acc3 += a.w * b;
    }
    workgroupBarrier();
  }
  let rows = array(acc0, acc1, acc2, acc3);
  for (var i = 0; i < 4; i++) {
    partial_acc[lane] = rows[i];
    workgroupBarrier();
    for (var half = 128; half >= 32; half /= 2) {
      if (lane < half) { partial_acc[lane] += partial_acc[lane + half]; }
      workgroupBarrier();
    }
    if (slice == 0) {
      for (var j = 0; j < 4; j++) {
        store(m0 + row * 4 + i, n0 + column * 4 + j, partial_acc[block][j]);
      }
    }
    workgroupBarrier();
  }
}


struct Sizes {
  batch: i32,
}

@group(0) @binding(0) var<storage, read> t0: array<f32>;
@group(0) @binding(1) var<storage, read> lr: array<f32>;
@group(0) @binding(2) var<storage, read> t2: array<f32>;
@group(0) @binding(3) var<storage, read_write> bias: array<f32>;
@group(0) @binding(4) var<storage, read_write> momentum_buffer: array<f32>;
@group(0) @binding(5) var<storage, read_write> bias_5: array<f32>;
@group(0) @binding(6) var<storage, read_write> momentum_buffer_6: array<f32>;
@group(0) @binding(7) var<uniform> sizes: Sizes;

var<workgroup> partial_f32: array<f32, 256>;

fn part_0(group: i32, lane: i32) {
  // 16 rows a workgroup, 16 invocations a row; past the end the last row is computed again.
  let at = group * 16 + lane % 16;
  let row = min(at, 10 - 1);
  let slice = lane / 16;
  var sum0: f32 = 0.0;
  for (var i = slice; i < sizes.batch; i += 16) {
    sum0 += t0[i * 10 + row];
  }
  partial_f32[lane] = sum0;
  workgroupBarrier();
  for (var half = 8; half > 0; half /= 2) {
    if (slice < half) {
      partial_f32[lane] += partial_f32[lane + half * 16];
    }
    workgroupBarrier();
  }
  sum0 = partial_f32[lane % 16];
  workgroupBarrier();
  if (slice == 0 && at < 10) {
    let v0 = momentum_buffer[row] * 0.9 + sum0;
    bias[row] = bias[row] - v0 * lr[0];
    momentum_buffer[row] = v0;
  }
}

fn part_1(group: i32, lane: i32) {
  // 32 rows a workgroup, 8 invocations a row; past the end the last row is computed again.
  let at = group * 32 + lane % 32;
  let row = min(at, 256 - 1);
  let slice = lane / 32;
  var sum1: f32 = 0.0;
  for (var i = slice; i < sizes.batch; i += 8) {
    sum1 += t2[i * 256 + row];
  }
  partial_f32[lane] = sum1;
  workgroupBarrier();
  for (var half = 4; half > 0; half /= 2) {
    if (slice < half) {
      partial_f32[lane] += partial_f32[lane + half * 32];
    }
    workgroupBarrier();
  }
  sum1 = partial_f32[lane % 32];
  workgroupBarrier();
  if (slice == 0) {
    let v0 = momentum_buffer_6[row] * 0.9 + sum1;
    bias_5[row] = bias_5[row] - v0 * lr[0];
    momentum_buffer_6[row] = v0;
  }
}

@compute @workgroup_size(256)
fn main(@builtin(workgroup_id) workgroup: vec3<u32>, @builtin(local_invocation_index) lane_index: u32) {
  let lane = i32(lane_index);
  let global_group = i32(workgroup.x);
  if (global_group < 1) {
    part_0(global_group, lane);
  } else if (global_group < 9) {
    part_1(global_group - 1, lane);
  }
}


struct Sizes {
  batch: i32,
}

@group(0) @binding(0) var<storage, read> t0: array<f32>;
@group(0) @binding(1) var<storage, read> x: array<f32>;
@group(0) @binding(2) var<storage, read> lr: array<f32>;
@group(0) @binding(3) var<storage, read_write> weight: array<f32>;
@group(0) @binding(4) var<storage, read_write> momentum_buffer: array<f32>;
@group(0) @binding(5) var<uniform> sizes: Sizes;

var<workgroup> tile_a: array<vec4<f32>, 256>;
var<workgroup> tile_b: array<vec4<f32>, 256>;

fn load_a(m: i32, k: i32) -> f32 {
  if (k >= sizes.batch) { return 0.0; }
  return t0[k * 256 + m];
}

fn load_b(k: i32, n: i32) -> f32 {
  if (k >= sizes.batch || n >= 784) { return 0.0; }
  return x[k * 784 + n];
}

fn store(m: i32, n: i32, acc: f32) {
  if (n >= 784) { return; }
  let i0 = m * 784 + n;
  let v0 = momentum_buffer[i0] * 0.9 + acc;
  weight[i0] = weight[i0] - v0 * lr[0];
  momentum_buffer[i0] = v0;
}

@compute @workgroup_size(256)
fn main(@builtin(workgroup_id) workgroup: vec3<u32>, @builtin(local_invocation_index) lane_index: u32) {
  let lane = i32(lane_index);
  let group = i32(workgroup.x);
  // 64 x 64 results a workgroup, 4 x 4 an invocation.
  let m0 = group / 13 * 64;
  let n0 = group % 13 * 64;
  let row = lane / 16;
  let column = lane % 16;
  var acc0 = vec4<f32>();
  var acc1 = vec4<f32>();
  var acc2 = vec4<f32>();
  var acc3 = vec4<f32>();
  for (var k0 = 0; k0 < sizes.batch; k0 += 16) {
    {
      let k = lane / 16;
      let side = lane % 16 * 4;
      tile_a[k * 16 + side / 4] = vec4(
        load_a(m0 + side, k0 + k),
        load_a(m0 + side + 1, k0 + k),
        load_a(m0 + side + 2, k0 + k),
        load_a(m0 + side + 3, k0 + k)
      );
    }
    {
      let k = lane / 16;
      let side = lane % 16 * 4;
      tile_b[k * 16 + side / 4] = vec4(
        load_b(k0 + k, n0 + side),
        load_b(k0 + k, n0 + side + 1),
        load_b(k0 + k, n0 + side + 2),
        load_b(k0 + k, n0 + side + 3)
      );
    }
    workgroupBarrier();
    for (var k = 0; k < 16; k++) {
      let a = tile_a[k * 16 + row];
      let b = tile_b[k * 16 + column];
      acc0 += a.x * b;
      acc1 += a.y * b;
      acc2 += a.z * b;
      acc3 += a.w * b;
    }
    workgroupBarrier();
  }
  let rows = array(acc0, acc1, acc2, acc3);
  for (var i = 0; i < 4; i++) {
    for (var j = 0; j < 4; j++) {
      store(m0 + row * 4 + i, n0 + column * 4 + j, rows[i][j]);
    }
  }
}

