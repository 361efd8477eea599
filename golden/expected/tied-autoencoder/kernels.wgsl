@group(0) @binding(0) var<storage, read> rng: array<i32>;
@group(0) @binding(1) var<storage, read_write> weight: array<f32>;
@group(0) @binding(2) var<storage, read_write> bias: array<f32>;
@group(0) @binding(3) var<storage, read_write> bias_3: array<f32>;

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
  if (row < 50176) {
    weight[row] = uniform_random(vec2(rng[0], rng[1]), row, 0u) * 0.071428575 - 0.035714287;
  }
}

fn part_1(group: i32, lane: i32) {
  let row = group * 64 + lane;
  if (row < 64) {
    bias[row] = uniform_random(vec2(rng[0], rng[1]), row, 1u) * 0.071428575 - 0.035714287;
  }
}

fn part_2(group: i32, lane: i32) {
  let row = group * 64 + lane;
  if (row < 784) {
    bias_3[row] = 0.0;
  }
}

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) workgroup: vec3<u32>, @builtin(local_invocation_index) lane_index: u32) {
  let lane = i32(lane_index);
  let global_group = i32(workgroup.x);
  if (global_group < 784) {
    part_0(global_group, lane);
  } else if (global_group < 785) {
    part_1(global_group - 784, lane);
  } else if (global_group < 798) {
    part_2(global_group - 785, lane);
  }
}


struct Sizes {
  size: i32, // 2*floordiv(batch + 31, 32)
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
  t3[m * 64 + n] = acc + bias[n];
}

@compute @workgroup_size(256)
fn main(@builtin(workgroup_id) workgroup: vec3<u32>, @builtin(num_workgroups) grid: vec3<u32>, @builtin(local_invocation_index) lane_index: u32) {
  let lane = i32(lane_index);
  let group = i32(workgroup.x + workgroup.y * grid.x);
  if (group >= sizes.size) { return; }
  // 32 x 32 results a workgroup, 4 x 4 an invocation, 4 invocations a block.
  let m0 = group / 2 * 32;
  let n0 = group % 2 * 32;
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
  size: i32, // 13*floordiv(batch + 63, 64)
  batch: i32,
  size_1: i32, // floordiv(batch + 63, 64)
}

@group(0) @binding(0) var<storage, read> t0: array<f32>;
@group(0) @binding(1) var<storage, read> weight: array<f32>;
@group(0) @binding(2) var<storage, read> bias: array<f32>;
@group(0) @binding(3) var<storage, read_write> result: array<f32>;
@group(0) @binding(4) var<uniform> sizes: Sizes;

var<workgroup> tile_a: array<vec4<f32>, 272>;
var<workgroup> tile_b: array<vec4<f32>, 256>;

fn is_nan(x: f32) -> bool { return (bitcast<u32>(x) & 0x7fffffffu) > 0x7f800000u; }

fn exp_(x: f32) -> f32 { return select(exp(x), x, is_nan(x)); }

fn sigmoid(x: f32) -> f32 {
  let e = exp_(-abs(x));
  return select(e, 1.0, x >= 0.0) / (1.0 + e);
}

fn load_a(m: i32, k: i32) -> f32 {
  if (m >= sizes.batch) { return 0.0; }
  let t0_at = t0[m * 64 + k];
  return select(t0_at, 0.0, t0_at <= 0.0);
}

fn load_b(k: i32, n: i32) -> f32 {
  if (n >= 784) { return 0.0; }
  return weight[k * 784 + n];
}

fn store(m: i32, n: i32, acc: f32) {
  if (m >= sizes.batch || n >= 784) { return; }
  result[m * 784 + n] = sigmoid(acc + bias[n]);
}

@compute @workgroup_size(256)
fn main(@builtin(workgroup_id) workgroup: vec3<u32>, @builtin(num_workgroups) grid: vec3<u32>, @builtin(local_invocation_index) lane_index: u32) {
  let lane = i32(lane_index);
  let group = i32(workgroup.x + workgroup.y * grid.x);
  if (group >= sizes.size) { return; }
  // 64 x 64 results a workgroup, 4 x 4 an invocation.
  let m0 = group / 13 * 64;
  let n0 = group % 13 * 64;
  let row = lane / 16;
  let column = lane % 16;
  var acc0 = vec4<f32>();
  var acc1 = vec4<f32>();
  var acc2 = vec4<f32>();
  var acc3 = vec4<f32>();
  for (var k0 = 0; k0 < 64; k0 += 16) {
    {
      let k = lane % 16;
      let side = lane / 16 * 4;
      tile_a[k * 17 + side / 4] = vec4(
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
      let a = tile_a[k * 17 + row];
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
  size: i32, // 2*floordiv(batch + 31, 32)
  batch: i32,
  size_1: i32, // floordiv(batch + 31, 32)
}

@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read> weight: array<f32>;
@group(0) @binding(2) var<storage, read> bias: array<f32>;
@group(0) @binding(3) var<storage, read_write> result: array<f32>;
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
  let v0 = acc + bias[n];
  result[m * 64 + n] = select(v0, 0.0, v0 <= 0.0);
}

@compute @workgroup_size(256)
fn main(@builtin(workgroup_id) workgroup: vec3<u32>, @builtin(num_workgroups) grid: vec3<u32>, @builtin(local_invocation_index) lane_index: u32) {
  let lane = i32(lane_index);
  let group = i32(workgroup.x + workgroup.y * grid.x);
  if (group >= sizes.size) { return; }
  // 32 x 32 results a workgroup, 4 x 4 an invocation, 4 invocations a block.
  let m0 = group / 2 * 32;
  let n0 = group % 2 * 32;
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
  size: i32, // 13*floordiv(batch + 63, 64)
  batch: i32,
  size_1: i32, // floordiv(batch + 63, 64)
}

@group(0) @binding(0) var<storage, read> t0: array<f32>;
@group(0) @binding(1) var<storage, read> weight: array<f32>;
@group(0) @binding(2) var<storage, read> bias: array<f32>;
@group(0) @binding(3) var<storage, read> x: array<f32>;
@group(0) @binding(4) var<storage, read_write> t4: array<f32>;
@group(0) @binding(5) var<uniform> sizes: Sizes;

var<workgroup> tile_a: array<vec4<f32>, 272>;
var<workgroup> tile_b: array<vec4<f32>, 256>;

fn is_nan(x: f32) -> bool { return (bitcast<u32>(x) & 0x7fffffffu) > 0x7f800000u; }

fn exp_(x: f32) -> f32 { return select(exp(x), x, is_nan(x)); }

fn sigmoid(x: f32) -> f32 {
  let e = exp_(-abs(x));
  return select(e, 1.0, x >= 0.0) / (1.0 + e);
}

fn load_a(m: i32, k: i32) -> f32 {
  if (m >= sizes.batch) { return 0.0; }
  let t0_at = t0[m * 64 + k];
  return select(t0_at, 0.0, t0_at <= 0.0);
}

fn load_b(k: i32, n: i32) -> f32 {
  if (n >= 784) { return 0.0; }
  return weight[k * 784 + n];
}

fn store(m: i32, n: i32, acc: f32) {
  if (m >= sizes.batch || n >= 784) { return; }
  let i0 = m * 784 + n;
  let v0 = sigmoid(acc + bias[n]) - x[i0];
  t4[i0] = v0 * v0;
}

@compute @workgroup_size(256)
fn main(@builtin(workgroup_id) workgroup: vec3<u32>, @builtin(num_workgroups) grid: vec3<u32>, @builtin(local_invocation_index) lane_index: u32) {
  let lane = i32(lane_index);
  let group = i32(workgroup.x + workgroup.y * grid.x);
  if (group >= sizes.size) { return; }
  // 64 x 64 results a workgroup, 4 x 4 an invocation.
  let m0 = group / 13 * 64;
  let n0 = group % 13 * 64;
  let row = lane / 16;
  let column = lane % 16;
  var acc0 = vec4<f32>();
  var acc1 = vec4<f32>();
  var acc2 = vec4<f32>();
  var acc3 = vec4<f32>();
  for (var k0 = 0; k0 < 64; k0 += 16) {
    {
      let k = lane % 16;
      let side = lane / 16 * 4;
      tile_a[k * 17 + side / 4] = vec4(
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
      let a = tile_a[k * 17 + row];
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
  size: i32, // 784*batch
}

@group(0) @binding(0) var<storage, read> t0: array<f32>;
@group(0) @binding(1) var<storage, read_write> loss: array<f32>;
@group(0) @binding(2) var<uniform> sizes: Sizes;

var<workgroup> partial_f32: array<f32, 256>;

@compute @workgroup_size(256)
fn main(@builtin(workgroup_id) workgroup: vec3<u32>, @builtin(local_invocation_index) lane_index: u32) {
  let lane = i32(lane_index);
  let group = i32(workgroup.x);
  let row = group;
  var sum0: f32 = 0.0;
  for (var i = lane; i < sizes.size; i += 256) {
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
    loss[0] = sum0 / f32(sizes.size);
  }
}


struct Sizes {
  size: i32, // 13*floordiv(batch + 63, 64)
  batch: i32,
  size_1: i32, // 784*batch
  size_2: i32, // floordiv(batch + 63, 64)
}

@group(0) @binding(0) var<storage, read> t0: array<f32>;
@group(0) @binding(1) var<storage, read> weight: array<f32>;
@group(0) @binding(2) var<storage, read> bias: array<f32>;
@group(0) @binding(3) var<storage, read> x: array<f32>;
@group(0) @binding(4) var<storage, read_write> t4: array<f32>;
@group(0) @binding(5) var<storage, read_write> t5: array<f32>;
@group(0) @binding(6) var<uniform> sizes: Sizes;

var<workgroup> tile_a: array<vec4<f32>, 272>;
var<workgroup> tile_b: array<vec4<f32>, 256>;

fn is_nan(x: f32) -> bool { return (bitcast<u32>(x) & 0x7fffffffu) > 0x7f800000u; }

fn exp_(x: f32) -> f32 { return select(exp(x), x, is_nan(x)); }

fn sigmoid(x: f32) -> f32 {
  let e = exp_(-abs(x));
  return select(e, 1.0, x >= 0.0) / (1.0 + e);
}

fn load_a(m: i32, k: i32) -> f32 {
  if (m >= sizes.batch) { return 0.0; }
  let t0_at = t0[m * 64 + k];
  return select(t0_at, 0.0, t0_at <= 0.0);
}

fn load_b(k: i32, n: i32) -> f32 {
  if (n >= 784) { return 0.0; }
  return weight[k * 784 + n];
}

fn store(m: i32, n: i32, acc: f32) {
  if (m >= sizes.batch || n >= 784) { return; }
  let v0 = sigmoid(acc + bias[n]);
  let i0 = m * 784 + n;
  t4[i0] = v0;
  let v1 = 1.0 / f32(sizes.size_1) * (v0 - x[i0]);
  t5[i0] = (v1 + v1) * (v0 * (1.0 - v0));
}

@compute @workgroup_size(256)
fn main(@builtin(workgroup_id) workgroup: vec3<u32>, @builtin(num_workgroups) grid: vec3<u32>, @builtin(local_invocation_index) lane_index: u32) {
  let lane = i32(lane_index);
  let group = i32(workgroup.x + workgroup.y * grid.x);
  if (group >= sizes.size) { return; }
  // 64 x 64 results a workgroup, 4 x 4 an invocation.
  let m0 = group / 13 * 64;
  let n0 = group % 13 * 64;
  let row = lane / 16;
  let column = lane % 16;
  var acc0 = vec4<f32>();
  var acc1 = vec4<f32>();
  var acc2 = vec4<f32>();
  var acc3 = vec4<f32>();
  for (var k0 = 0; k0 < 64; k0 += 16) {
    {
      let k = lane % 16;
      let side = lane / 16 * 4;
      tile_a[k * 17 + side / 4] = vec4(
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
      let a = tile_a[k * 17 + row];
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
  size: i32, // 2*floordiv(batch + 31, 32)
  batch: i32,
  size_1: i32, // floordiv(batch + 31, 32)
}

@group(0) @binding(0) var<storage, read> t0: array<f32>;
@group(0) @binding(1) var<storage, read> weight: array<f32>;
@group(0) @binding(2) var<storage, read> t2: array<f32>;
@group(0) @binding(3) var<storage, read_write> t3: array<f32>;
@group(0) @binding(4) var<uniform> sizes: Sizes;

var<workgroup> tile_a: array<vec4<f32>, 288>;
var<workgroup> tile_b: array<vec4<f32>, 288>;
var<workgroup> partial_acc: array<vec4<f32>, 256>;

fn load_a(m: i32, k: i32) -> f32 {
  if (m >= sizes.batch || k >= 784) { return 0.0; }
  return t0[m * 784 + k];
}

fn load_b(k: i32, n: i32) -> f32 {
  if (k >= 784) { return 0.0; }
  return weight[n * 784 + k];
}

fn store(m: i32, n: i32, acc: f32) {
  if (m >= sizes.batch) { return; }
  let i0 = m * 64 + n;
  t3[i0] = select(acc, 0.0, t2[i0] <= 0.0);
}

@compute @workgroup_size(256)
fn main(@builtin(workgroup_id) workgroup: vec3<u32>, @builtin(num_workgroups) grid: vec3<u32>, @builtin(local_invocation_index) lane_index: u32) {
  let lane = i32(lane_index);
  let group = i32(workgroup.x + workgroup.y * grid.x);
  if (group >= sizes.size) { return; }
  // 32 x 32 results a workgroup, 4 x 4 an invocation, 4 invocations a block.
  let m0 = group / 2 * 32;
  let n0 = group % 2 * 32;
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
  batch: i32,
}

@group(0) @binding(0) var<storage, read> t0: array<f32>;
@group(0) @binding(1) var<storage, read> t1: array<f32>;
@group(0) @binding(2) var<storage, read_write> bias: array<f32>;
@group(0) @binding(3) var<storage, read_write> bias_3: array<f32>;
@group(0) @binding(4) var<uniform> sizes: Sizes;

var<workgroup> partial_f32: array<f32, 256>;

fn part_0(group: i32, lane: i32) {
  // 32 rows a workgroup, 8 invocations a row; past the end the last row is computed again.
  let at = group * 32 + lane % 32;
  let row = min(at, 784 - 1);
  let slice = lane / 32;
  var sum0: f32 = 0.0;
  for (var i = slice; i < sizes.batch; i += 8) {
    sum0 += t0[i * 784 + row];
  }
  partial_f32[lane] = sum0;
  workgroupBarrier();
  for (var half = 4; half > 0; half /= 2) {
    if (slice < half) {
      partial_f32[lane] += partial_f32[lane + half * 32];
    }
    workgroupBarrier();
  }
  sum0 = partial_f32[lane % 32];
  workgroupBarrier();
  if (slice == 0 && at < 784) {
    bias[row] = sum0;
  }
}

fn part_1(group: i32, lane: i32) {
  // 32 rows a workgroup, 8 invocations a row; past the end the last row is computed again.
  let at = group * 32 + lane % 32;
  let row = min(at, 64 - 1);
  let slice = lane / 32;
  var sum1: f32 = 0.0;
  for (var i = slice; i < sizes.batch; i += 8) {
    sum1 += t1[i * 64 + row];
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
    bias_3[row] = sum1;
  }
}

@compute @workgroup_size(256)
fn main(@builtin(workgroup_id) workgroup: vec3<u32>, @builtin(local_invocation_index) lane_index: u32) {
  let lane = i32(lane_index);
  let global_group = i32(workgroup.x);
  if (global_group < 25) {
    part_0(global_group, lane);
  } else if (global_group < 27) {
    part_1(global_group - 25, lane);
  }
}


struct Sizes {
  batch: i32,
}

@group(0) @binding(0) var<storage, read> t0: array<f32>;
@group(0) @binding(1) var<storage, read> t1: array<f32>;
@group(0) @binding(2) var<storage, read_write> t2: array<f32>;
@group(0) @binding(3) var<uniform> sizes: Sizes;

var<workgroup> tile_a: array<vec4<f32>, 256>;
var<workgroup> tile_b: array<vec4<f32>, 256>;
var<workgroup> partial_acc: array<vec4<f32>, 256>;

fn load_a(m: i32, k: i32) -> f32 {
  if (m >= 784 || k >= sizes.batch) { return 0.0; }
  return t0[k * 784 + m];
}

fn load_b(k: i32, n: i32) -> f32 {
  if (k >= sizes.batch) { return 0.0; }
  let t1_at = t1[k * 64 + n];
  return select(t1_at, 0.0, t1_at <= 0.0);
}

fn store(m: i32, n: i32, acc: f32) {
  if (m >= 784) { return; }
  t2[m * 64 + n] = acc;
}

@compute @workgroup_size(256)
fn main(@builtin(workgroup_id) workgroup: vec3<u32>, @builtin(local_invocation_index) lane_index: u32) {
  let lane = i32(lane_index);
  let group = i32(workgroup.x);
  // 32 x 32 results a workgroup, 4 x 4 an invocation, 4 invocations a block.
  let m0 = group / 2 * 32;
  let n0 = group % 2 * 32;
  let block = lane % 64;
  let slice = lane / 64;
  let row = block / 8;
  let column = block % 8;
  var acc0 = vec4<f32>();
  var acc1 = vec4<f32>();
  var acc2 = vec4<f32>();
  var acc3 = vec4<f32>();
  for (var k0 = 0; k0 < sizes.batch; k0 += 32) {
    {
      let k = lane / 8;
      let side = lane % 8 * 4;
      tile_a[k * 8 + side / 4] = vec4(
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
    for (var k = slice; k < 32; k += 4) {
      let a = tile_a[k * 8 + row];
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


struct Sizes {
  size: i32, // 784*batch
  batch: i32,
}

@group(0) @binding(0) var<storage, read> t0: array<f32>;
@group(0) @binding(1) var<storage, read> x: array<f32>;
@group(0) @binding(2) var<storage, read> t2: array<f32>;
@group(0) @binding(3) var<storage, read> t3: array<f32>;
@group(0) @binding(4) var<storage, read_write> loss: array<f32>;
@group(0) @binding(5) var<storage, read_write> weight: array<f32>;
@group(0) @binding(6) var<uniform> sizes: Sizes;

var<workgroup> partial_f32: array<f32, 256>;
var<workgroup> tile_a: array<vec4<f32>, 256>;
var<workgroup> tile_b: array<vec4<f32>, 256>;
var<workgroup> partial_acc: array<vec4<f32>, 256>;

fn part_0(group: i32, lane: i32) {
  let row = group;
  var sum0: f32 = 0.0;
  for (var i = lane; i < sizes.size; i += 256) {
    let v0 = t0[i] - x[i];
    sum0 += v0 * v0;
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
    loss[0] = sum0 / f32(sizes.size);
  }
}

fn load_a(m: i32, k: i32) -> f32 {
  if (k >= sizes.batch) { return 0.0; }
  return t2[k * 64 + m];
}

fn load_b(k: i32, n: i32) -> f32 {
  if (k >= sizes.batch || n >= 784) { return 0.0; }
  return x[k * 784 + n];
}

fn store(m: i32, n: i32, acc: f32) {
  if (n >= 784) { return; }
  weight[m * 784 + n] = t3[n * 64 + m] + acc;
}

fn part_1(group: i32, lane: i32) {
  // 32 x 32 results a workgroup, 4 x 4 an invocation, 4 invocations a block.
  let m0 = group / 25 * 32;
  let n0 = group % 25 * 32;
  let block = lane % 64;
  let slice = lane / 64;
  let row = block / 8;
  let column = block % 8;
  var acc0 = vec4<f32>();
  var acc1 = vec4<f32>();
  var acc2 = vec4<f32>();
  var acc3 = vec4<f32>();
  for (var k0 = 0; k0 < sizes.batch; k0 += 32) {
    {
      let k = lane / 8;
      let side = lane % 8 * 4;
      tile_a[k * 8 + side / 4] = vec4(
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
    for (var k = slice; k < 32; k += 4) {
      let a = tile_a[k * 8 + row];
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
fn main(@builtin(workgroup_id) workgroup: vec3<u32>, @builtin(local_invocation_index) lane_index: u32) {
  let lane = i32(lane_index);
  let global_group = i32(workgroup.x);
  if (global_group < 1) {
    part_0(global_group, lane);
  } else if (global_group < 51) {
    part_1(global_group - 1, lane);
  }
}


struct Sizes {
  size: i32, // 784*batch
  batch: i32,
  size_1: i32, // floordiv(batch + 31, 32)
  size_2: i32, // 2*floordiv(batch + 31, 32) + 2
}

@group(0) @binding(0) var<storage, read> t0: array<f32>;
@group(0) @binding(1) var<storage, read> x: array<f32>;
@group(0) @binding(2) var<storage, read> t2: array<f32>;
@group(0) @binding(3) var<storage, read> weight: array<f32>;
@group(0) @binding(4) var<storage, read> t4: array<f32>;
@group(0) @binding(5) var<storage, read_write> loss: array<f32>;
@group(0) @binding(6) var<storage, read_write> step: array<f32>;
@group(0) @binding(7) var<storage, read_write> t7: array<f32>;
@group(0) @binding(8) var<uniform> sizes: Sizes;

var<workgroup> partial_f32: array<f32, 256>;
var<workgroup> tile_a: array<vec4<f32>, 288>;
var<workgroup> tile_b: array<vec4<f32>, 288>;
var<workgroup> partial_acc: array<vec4<f32>, 256>;

fn part_0(group: i32, lane: i32) {
  let row = group;
  var sum0: f32 = 0.0;
  for (var i = lane; i < sizes.size; i += 256) {
    let v0 = t0[i] - x[i];
    sum0 += v0 * v0;
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
    loss[0] = sum0 / f32(sizes.size);
  }
}

fn part_1(group: i32, lane: i32) {
  let row = group * 256 + lane;
  if (row < 1) {
    step[0] = step[0] + 1.0;
  }
}

fn load_a(m: i32, k: i32) -> f32 {
  if (m >= sizes.batch || k >= 784) { return 0.0; }
  return t2[m * 784 + k];
}

fn load_b(k: i32, n: i32) -> f32 {
  if (k >= 784) { return 0.0; }
  return weight[n * 784 + k];
}

fn store(m: i32, n: i32, acc: f32) {
  if (m >= sizes.batch) { return; }
  let i0 = m * 64 + n;
  t7[i0] = select(acc, 0.0, t4[i0] <= 0.0);
}

fn part_2(group: i32, lane: i32) {
  // 32 x 32 results a workgroup, 4 x 4 an invocation, 4 invocations a block.
  let m0 = group / 2 * 32;
  let n0 = group % 2 * 32;
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

@compute @workgroup_size(256)
fn main(@builtin(workgroup_id) workgroup: vec3<u32>, @builtin(num_workgroups) grid: vec3<u32>, @builtin(local_invocation_index) lane_index: u32) {
  let lane = i32(lane_index);
  let global_group = i32(workgroup.x + workgroup.y * grid.x);
  if (global_group < 1) {
    part_0(global_group, lane);
  } else if (global_group < 2) {
    part_1(global_group - 1, lane);
  } else if (global_group < sizes.size_2) {
    part_2(global_group - 2, lane);
  }
}


struct Sizes {
  batch: i32,
}

@group(0) @binding(0) var<storage, read> t0: array<f32>;
@group(0) @binding(1) var<storage, read> lr: array<f32>;
@group(0) @binding(2) var<storage, read> step: array<f32>;
@group(0) @binding(3) var<storage, read_write> bias: array<f32>;
@group(0) @binding(4) var<storage, read_write> exp_avg: array<f32>;
@group(0) @binding(5) var<storage, read_write> exp_avg_sq: array<f32>;
@group(0) @binding(6) var<storage, read_write> step_6: array<f32>;
@group(0) @binding(7) var<uniform> sizes: Sizes;

var<workgroup> partial_f32: array<f32, 256>;

fn is_nan(x: f32) -> bool { return (bitcast<u32>(x) & 0x7fffffffu) > 0x7f800000u; }

fn exp_(x: f32) -> f32 { return select(exp(x), x, is_nan(x)); }

fn expm1(x: f32) -> f32 {
  if (abs(x) >= 0.5) { return exp_(x) - 1.0; }
  let p = 0.16666667 + x * (0.041666667 + x * (0.0083333333 + x * (0.0013888889 + x * (1.984127e-4 + x * 2.4801587e-5))));
  return x + x * x * (0.5 + x * p);
}

fn part_0(group: i32, lane: i32) {
  // 32 rows a workgroup, 8 invocations a row; past the end the last row is computed again.
  let at = group * 32 + lane % 32;
  let row = min(at, 784 - 1);
  let slice = lane / 32;
  var sum0: f32 = 0.0;
  for (var i = slice; i < sizes.batch; i += 8) {
    sum0 += t0[i * 784 + row];
  }
  partial_f32[lane] = sum0;
  workgroupBarrier();
  for (var half = 4; half > 0; half /= 2) {
    if (slice < half) {
      partial_f32[lane] += partial_f32[lane + half * 32];
    }
    workgroupBarrier();
  }
  sum0 = partial_f32[lane % 32];
  workgroupBarrier();
  if (slice == 0 && at < 784) {
    let step_at = step[0];
    let v0 = exp_avg[row] * 0.9 + sum0 * 0.1;
    let v1 = exp_avg_sq[row] * 0.999 + sum0 * sum0 * 0.001;
    let v2 = lr[0] / -expm1(step_at * -0.105360515) * (v0 / (sqrt(v1) / sqrt(-expm1(step_at * -0.0010005003)) + 1e-8));
    bias[row] = bias[row] - v2;
    exp_avg[row] = v0;
    exp_avg_sq[row] = v1;
  }
}

fn part_1(group: i32, lane: i32) {
  let row = group * 256 + lane;
  if (row < 1) {
    step_6[0] = step_6[0] + 1.0;
  }
}

@compute @workgroup_size(256)
fn main(@builtin(workgroup_id) workgroup: vec3<u32>, @builtin(local_invocation_index) lane_index: u32) {
  let lane = i32(lane_index);
  let global_group = i32(workgroup.x);
  if (global_group < 25) {
    part_0(global_group, lane);
  } else if (global_group < 26) {
    part_1(global_group - 25, lane);
  }
}


struct Sizes {
  batch: i32,
}

@group(0) @binding(0) var<storage, read> t0: array<f32>;
@group(0) @binding(1) var<storage, read> lr: array<f32>;
@group(0) @binding(2) var<storage, read> step: array<f32>;
@group(0) @binding(3) var<storage, read_write> bias: array<f32>;
@group(0) @binding(4) var<storage, read_write> exp_avg: array<f32>;
@group(0) @binding(5) var<storage, read_write> exp_avg_sq: array<f32>;
@group(0) @binding(6) var<storage, read_write> step_6: array<f32>;
@group(0) @binding(7) var<uniform> sizes: Sizes;

var<workgroup> partial_f32: array<f32, 256>;

fn is_nan(x: f32) -> bool { return (bitcast<u32>(x) & 0x7fffffffu) > 0x7f800000u; }

fn exp_(x: f32) -> f32 { return select(exp(x), x, is_nan(x)); }

fn expm1(x: f32) -> f32 {
  if (abs(x) >= 0.5) { return exp_(x) - 1.0; }
  let p = 0.16666667 + x * (0.041666667 + x * (0.0083333333 + x * (0.0013888889 + x * (1.984127e-4 + x * 2.4801587e-5))));
  return x + x * x * (0.5 + x * p);
}

fn part_0(group: i32, lane: i32) {
  // 32 rows a workgroup, 8 invocations a row; past the end the last row is computed again.
  let at = group * 32 + lane % 32;
  let row = min(at, 64 - 1);
  let slice = lane / 32;
  var sum0: f32 = 0.0;
  for (var i = slice; i < sizes.batch; i += 8) {
    sum0 += t0[i * 64 + row];
  }
  partial_f32[lane] = sum0;
  workgroupBarrier();
  for (var half = 4; half > 0; half /= 2) {
    if (slice < half) {
      partial_f32[lane] += partial_f32[lane + half * 32];
    }
    workgroupBarrier();
  }
  sum0 = partial_f32[lane % 32];
  workgroupBarrier();
  if (slice == 0) {
    let step_at = step[0];
    let v0 = exp_avg[row] * 0.9 + sum0 * 0.1;
    let v1 = exp_avg_sq[row] * 0.999 + sum0 * sum0 * 0.001;
    let v2 = lr[0] / -expm1(step_at * -0.105360515) * (v0 / (sqrt(v1) / sqrt(-expm1(step_at * -0.0010005003)) + 1e-8));
    bias[row] = bias[row] - v2;
    exp_avg[row] = v0;
    exp_avg_sq[row] = v1;
  }
}

fn part_1(group: i32, lane: i32) {
  let row = group * 256 + lane;
  if (row < 1) {
    step_6[0] = step_6[0] + 1.0;
  }
}

@compute @workgroup_size(256)
fn main(@builtin(workgroup_id) workgroup: vec3<u32>, @builtin(local_invocation_index) lane_index: u32) {
  let lane = i32(lane_index);
  let global_group = i32(workgroup.x);
  if (global_group < 2) {
    part_0(global_group, lane);
  } else if (global_group < 3) {
    part_1(global_group - 2, lane);
  }
}


struct Sizes {
  batch: i32,
}

@group(0) @binding(0) var<storage, read> t0: array<f32>;
@group(0) @binding(1) var<storage, read> x: array<f32>;
@group(0) @binding(2) var<storage, read> lr: array<f32>;
@group(0) @binding(3) var<storage, read> step: array<f32>;
@group(0) @binding(4) var<storage, read> t4: array<f32>;
@group(0) @binding(5) var<storage, read_write> weight: array<f32>;
@group(0) @binding(6) var<storage, read_write> exp_avg: array<f32>;
@group(0) @binding(7) var<storage, read_write> exp_avg_sq: array<f32>;
@group(0) @binding(8) var<uniform> sizes: Sizes;

var<workgroup> tile_a: array<vec4<f32>, 256>;
var<workgroup> tile_b: array<vec4<f32>, 256>;
var<workgroup> partial_acc: array<vec4<f32>, 256>;

fn is_nan(x: f32) -> bool { return (bitcast<u32>(x) & 0x7fffffffu) > 0x7f800000u; }

fn exp_(x: f32) -> f32 { return select(exp(x), x, is_nan(x)); }

fn expm1(x: f32) -> f32 {
  if (abs(x) >= 0.5) { return exp_(x) - 1.0; }
  let p = 0.16666667 + x * (0.041666667 + x * (0.0083333333 + x * (0.0013888889 + x * (1.984127e-4 + x * 2.4801587e-5))));
  return x + x * x * (0.5 + x * p);
}

fn load_a(m: i32, k: i32) -> f32 {
  if (k >= sizes.batch) { return 0.0; }
  return t0[k * 64 + m];
}

fn load_b(k: i32, n: i32) -> f32 {
  if (k >= sizes.batch || n >= 784) { return 0.0; }
  return x[k * 784 + n];
}

fn store(m: i32, n: i32, acc: f32) {
  if (n >= 784) { return; }
  let i0 = m * 784 + n;
  let step_at = step[0];
  let v0 = t4[n * 64 + m] + acc;
  let v1 = exp_avg[i0] * 0.9 + v0 * 0.1;
  let v2 = exp_avg_sq[i0] * 0.999 + v0 * v0 * 0.001;
  let v3 = lr[0] / -expm1(step_at * -0.105360515) * (v1 / (sqrt(v2) / sqrt(-expm1(step_at * -0.0010005003)) + 1e-8));
  weight[i0] = weight[i0] - v3;
  exp_avg[i0] = v1;
  exp_avg_sq[i0] = v2;
}

@compute @workgroup_size(256)
fn main(@builtin(workgroup_id) workgroup: vec3<u32>, @builtin(local_invocation_index) lane_index: u32) {
  let lane = i32(lane_index);
  let group = i32(workgroup.x);
  // 32 x 32 results a workgroup, 4 x 4 an invocation, 4 invocations a block.
  let m0 = group / 25 * 32;
  let n0 = group % 25 * 32;
  let block = lane % 64;
  let slice = lane / 64;
  let row = block / 8;
  let column = block % 8;
  var acc0 = vec4<f32>();
  var acc1 = vec4<f32>();
  var acc2 = vec4<f32>();
  var acc3 = vec4<f32>();
  for (var k0 = 0; k0 < sizes.batch; k0 += 32) {
    {
      let k = lane / 8;
      let side = lane % 8 * 4;
      tile_a[k * 8 + side / 4] = vec4(
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
    for (var k = slice; k < 32; k += 4) {
      let a = tile_a[k * 8 + row];
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

