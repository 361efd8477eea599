@group(0) @binding(0) var<storage, read> rng: array<i32>;
@group(0) @binding(1) var<storage, read_write> weight: array<f32>;
@group(0) @binding(2) var<storage, read_write> weight_2: array<f32>;
@group(0) @binding(3) var<storage, read_write> bias: array<f32>;
@group(0) @binding(4) var<storage, read_write> weight_4: array<f32>;

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
  if (row < 2400) {
    weight[row] = uniform_random(vec2(rng[0], rng[1]), row, 11u) * 0.20889318 - 0.10444659;
  }
}

fn part_1(group: i32, lane: i32) {
  let row = group * 64 + lane;
  if (row < 48000) {
    weight_2[row] = uniform_random(vec2(rng[0], rng[1]), row, 12u) * 0.21483447 - 0.10741723;
  }
}

fn part_2(group: i32, lane: i32) {
  let row = group * 64 + lane;
  if (row < 10) {
    bias[row] = uniform_random(vec2(rng[0], rng[1]), row, 9u) * 0.2182179 - 0.10910895;
  }
}

fn part_3(group: i32, lane: i32) {
  let row = group * 64 + lane;
  if (row < 150) {
    weight_4[row] = uniform_random(vec2(rng[0], rng[1]), row, 10u) * 0.37032804 - 0.18516402;
  }
}

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) workgroup: vec3<u32>, @builtin(local_invocation_index) lane_index: u32) {
  let lane = i32(lane_index);
  let global_group = i32(workgroup.x);
  if (global_group < 38) {
    part_0(global_group, lane);
  } else if (global_group < 788) {
    part_1(global_group - 38, lane);
  } else if (global_group < 789) {
    part_2(global_group - 788, lane);
  } else if (global_group < 792) {
    part_3(global_group - 789, lane);
  }
}


@group(0) @binding(0) var<storage, read> rng: array<i32>;
@group(0) @binding(1) var<storage, read_write> bias: array<f32>;
@group(0) @binding(2) var<storage, read_write> bias_2: array<f32>;
@group(0) @binding(3) var<storage, read_write> bias_3: array<f32>;
@group(0) @binding(4) var<storage, read_write> bias_4: array<f32>;
@group(0) @binding(5) var<storage, read_write> weight: array<f32>;
@group(0) @binding(6) var<storage, read_write> weight_6: array<f32>;

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
  if (row < 120) {
    bias[row] = uniform_random(vec2(rng[0], rng[1]), row, 5u) * 0.1 - 0.05;
  }
}

fn part_1(group: i32, lane: i32) {
  let row = group * 64 + lane;
  if (row < 84) {
    bias_2[row] = uniform_random(vec2(rng[0], rng[1]), row, 7u) * 0.18257418 - 0.09128709;
  }
}

fn part_2(group: i32, lane: i32) {
  let row = group * 64 + lane;
  if (row < 6) {
    bias_3[row] = uniform_random(vec2(rng[0], rng[1]), row, 1u) * 0.4 - 0.2;
  }
}

fn part_3(group: i32, lane: i32) {
  let row = group * 64 + lane;
  if (row < 16) {
    bias_4[row] = uniform_random(vec2(rng[0], rng[1]), row, 3u) * 0.16329932 - 0.08164966;
  }
}

fn part_4(group: i32, lane: i32) {
  let row = group * 64 + lane;
  if (row < 10080) {
    weight[row] = uniform_random(vec2(rng[0], rng[1]), row, 13u) * 0.34299716 - 0.17149858;
  }
}

fn part_5(group: i32, lane: i32) {
  let row = group * 64 + lane;
  if (row < 840) {
    weight_6[row] = uniform_random(vec2(rng[0], rng[1]), row, 14u) * 0.50529116 - 0.25264558;
  }
}

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) workgroup: vec3<u32>, @builtin(local_invocation_index) lane_index: u32) {
  let lane = i32(lane_index);
  let global_group = i32(workgroup.x);
  if (global_group < 2) {
    part_0(global_group, lane);
  } else if (global_group < 4) {
    part_1(global_group - 2, lane);
  } else if (global_group < 5) {
    part_2(global_group - 4, lane);
  } else if (global_group < 6) {
    part_3(global_group - 5, lane);
  } else if (global_group < 164) {
    part_4(global_group - 6, lane);
  } else if (global_group < 178) {
    part_5(global_group - 164, lane);
  }
}


struct Sizes {
  size: i32, // floordiv(784*batch + 31, 32)
  size_1: i32, // 784*batch
}

@group(0) @binding(0) var<storage, read> weight: array<f32>;
@group(0) @binding(1) var<storage, read> x: array<f32>;
@group(0) @binding(2) var<storage, read> bias: array<f32>;
@group(0) @binding(3) var<storage, read_write> t3: array<f32>;
@group(0) @binding(4) var<uniform> sizes: Sizes;

var<workgroup> tile_a: array<vec4<f32>, 48>;
var<workgroup> tile_b: array<vec4<f32>, 128>;
var<workgroup> partial_acc: array<vec4<f32>, 64>;

fn is_nan(x: f32) -> bool { return (bitcast<u32>(x) & 0x7fffffffu) > 0x7f800000u; }

fn exp_(x: f32) -> f32 { return select(exp(x), x, is_nan(x)); }

fn sigmoid(x: f32) -> f32 {
  let e = exp_(-abs(x));
  return select(e, 1.0, x >= 0.0) / (1.0 + e);
}

fn load_a(m: i32, k: i32) -> f32 {
  if (m >= 6 || k >= 25) { return 0.0; }
  return weight[m * 25 + k];
}

fn load_b(k: i32, n: i32) -> f32 {
  if (k >= 25 || n >= sizes.size_1) { return 0.0; }
  var v0: f32 = 0.0;
  let i0 = k / 5;
  let i1 = k % 5;
  if (u32(n / 28 % 28 + i0 - 2) < 28u && u32(i1 + n % 28 - 2) < 28u) {
    v0 = x[i0 * 28 + n + i1 - 58];
  }
  return v0;
}

fn store(m: i32, n: i32, acc: f32) {
  if (m >= 6 || n >= sizes.size_1) { return; }
  t3[n / 784 * 4704 + m * 784 + n % 784] = sigmoid(acc + bias[m]);
}

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) workgroup: vec3<u32>, @builtin(num_workgroups) grid: vec3<u32>, @builtin(local_invocation_index) lane_index: u32) {
  let lane = i32(lane_index);
  let group = i32(workgroup.x + workgroup.y * grid.x);
  if (group >= sizes.size) { return; }
  // 8 x 32 results a workgroup, 4 x 4 an invocation, 4 invocations a block.
  let m0 = 0 * 8;
  let n0 = group * 32;
  let block = lane % 16;
  let slice = lane / 16;
  let row = block / 8;
  let column = block % 8;
  var acc0 = vec4<f32>();
  var acc1 = vec4<f32>();
  var acc2 = vec4<f32>();
  var acc3 = vec4<f32>();
  for (var k0 = 0; k0 < 25; k0 += 16) {
    if (lane < 32) {
      let k = lane % 16;
      let side = lane / 16 * 4;
      tile_a[k * 3 + side / 4] = vec4(
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
    for (var k = slice; k < 16; k += 4) {
      let a = tile_a[k * 3 + row];
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
    for (var half = 32; half >= 16; half /= 2) {
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
  size: i32, // floordiv(1176*batch + 255, 256)
  size_1: i32, // 1176*batch
}

@group(0) @binding(0) var<storage, read> t0: array<f32>;
@group(0) @binding(1) var<storage, read_write> t1: array<f32>;
@group(0) @binding(2) var<uniform> sizes: Sizes;

@compute @workgroup_size(256)
fn main(@builtin(workgroup_id) workgroup: vec3<u32>, @builtin(num_workgroups) grid: vec3<u32>, @builtin(local_invocation_index) lane_index: u32) {
  let lane = i32(lane_index);
  let group = i32(workgroup.x + workgroup.y * grid.x);
  if (group >= sizes.size) { return; }
  let row = group * 256 + lane;
  if (row < sizes.size_1) {
    var sum0: f32 = 0.0;
    let i1 = row / 14 * 56;
    let i2 = row % 14 * 2;
    for (var j0 = 0; j0 < 2; j0++) {
      let i0 = j0 * 2;
      let i3 = i1 + j0 * 28 + i2;
      for (var j1 = 0; j1 < 2; j1++) {
        sum0 += t0[i3 + j1];
      }
    }
    t1[row] = sum0 * 0.25;
  }
}


struct Sizes {
  size: i32, // floordiv(100*batch + 31, 32)
  size_1: i32, // 100*batch
}

@group(0) @binding(0) var<storage, read> weight: array<f32>;
@group(0) @binding(1) var<storage, read> t1: array<f32>;
@group(0) @binding(2) var<storage, read> bias: array<f32>;
@group(0) @binding(3) var<storage, read_write> t3: array<f32>;
@group(0) @binding(4) var<uniform> sizes: Sizes;

var<workgroup> tile_a: array<vec4<f32>, 160>;
var<workgroup> tile_b: array<vec4<f32>, 256>;
var<workgroup> partial_acc: array<vec4<f32>, 256>;

fn is_nan(x: f32) -> bool { return (bitcast<u32>(x) & 0x7fffffffu) > 0x7f800000u; }

fn exp_(x: f32) -> f32 { return select(exp(x), x, is_nan(x)); }

fn sigmoid(x: f32) -> f32 {
  let e = exp_(-abs(x));
  return select(e, 1.0, x >= 0.0) / (1.0 + e);
}

fn load_a(m: i32, k: i32) -> f32 {
  if (k >= 150) { return 0.0; }
  return weight[m * 150 + k];
}

fn load_b(k: i32, n: i32) -> f32 {
  if (k >= 150 || n >= sizes.size_1) { return 0.0; }
  return t1[n / 100 * 1176 + k / 25 * 196 + k / 5 % 5 * 14 + n / 10 % 10 * 14 + k % 5 + n % 10];
}

fn store(m: i32, n: i32, acc: f32) {
  if (n >= sizes.size_1) { return; }
  t3[n / 100 * 1600 + m * 100 + n % 100] = sigmoid(acc + bias[m]);
}

@compute @workgroup_size(256)
fn main(@builtin(workgroup_id) workgroup: vec3<u32>, @builtin(num_workgroups) grid: vec3<u32>, @builtin(local_invocation_index) lane_index: u32) {
  let lane = i32(lane_index);
  let group = i32(workgroup.x + workgroup.y * grid.x);
  if (group >= sizes.size) { return; }
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
  for (var k0 = 0; k0 < 150; k0 += 32) {
    if (lane < 128) {
      let k = lane % 32;
      let side = lane / 32 * 4;
      tile_a[k * 5 + side / 4] = vec4(
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
      let a = tile_a[k * 5 + row];
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
  size: i32, // floordiv(400*batch + 255, 256)
  size_1: i32, // 400*batch
}

@group(0) @binding(0) var<storage, read> t0: array<f32>;
@group(0) @binding(1) var<storage, read_write> t1: array<f32>;
@group(0) @binding(2) var<uniform> sizes: Sizes;

@compute @workgroup_size(256)
fn main(@builtin(workgroup_id) workgroup: vec3<u32>, @builtin(num_workgroups) grid: vec3<u32>, @builtin(local_invocation_index) lane_index: u32) {
  let lane = i32(lane_index);
  let group = i32(workgroup.x + workgroup.y * grid.x);
  if (group >= sizes.size) { return; }
  let row = group * 256 + lane;
  if (row < sizes.size_1) {
    var sum0: f32 = 0.0;
    let i1 = row / 5 * 20;
    let i2 = row % 5 * 2;
    for (var j0 = 0; j0 < 2; j0++) {
      let i0 = j0 * 2;
      let i3 = i1 + j0 * 10 + i2;
      for (var j1 = 0; j1 < 2; j1++) {
        sum0 += t0[i3 + j1];
      }
    }
    t1[row] = sum0 * 0.25;
  }
}


struct Sizes {
  size: i32, // 4*floordiv(batch + 31, 32)
  batch: i32,
  size_1: i32, // floordiv(batch + 31, 32)
}

@group(0) @binding(0) var<storage, read> t0: array<f32>;
@group(0) @binding(1) var<storage, read> weight: array<f32>;
@group(0) @binding(2) var<storage, read> bias: array<f32>;
@group(0) @binding(3) var<storage, read_write> t3: array<f32>;
@group(0) @binding(4) var<uniform> sizes: Sizes;

var<workgroup> tile_a: array<vec4<f32>, 288>;
var<workgroup> tile_b: array<vec4<f32>, 288>;
var<workgroup> partial_acc: array<vec4<f32>, 256>;

fn is_nan(x: f32) -> bool { return (bitcast<u32>(x) & 0x7fffffffu) > 0x7f800000u; }

fn exp_(x: f32) -> f32 { return select(exp(x), x, is_nan(x)); }

fn sigmoid(x: f32) -> f32 {
  let e = exp_(-abs(x));
  return select(e, 1.0, x >= 0.0) / (1.0 + e);
}

fn load_a(m: i32, k: i32) -> f32 {
  if (m >= sizes.batch || k >= 400) { return 0.0; }
  return t0[m * 400 + k];
}

fn load_b(k: i32, n: i32) -> f32 {
  if (k >= 400 || n >= 120) { return 0.0; }
  return weight[n * 400 + k];
}

fn store(m: i32, n: i32, acc: f32) {
  if (m >= sizes.batch || n >= 120) { return; }
  t3[m * 120 + n] = sigmoid(acc + bias[n]);
}

@compute @workgroup_size(256)
fn main(@builtin(workgroup_id) workgroup: vec3<u32>, @builtin(num_workgroups) grid: vec3<u32>, @builtin(local_invocation_index) lane_index: u32) {
  let lane = i32(lane_index);
  let group = i32(workgroup.x + workgroup.y * grid.x);
  if (group >= sizes.size) { return; }
  // 32 x 32 results a workgroup, 4 x 4 an invocation, 4 invocations a block.
  let m0 = group / 4 * 32;
  let n0 = group % 4 * 32;
  let block = lane % 64;
  let slice = lane / 64;
  let row = block / 8;
  let column = block % 8;
  var acc0 = vec4<f32>();
  var acc1 = vec4<f32>();
  var acc2 = vec4<f32>();
  var acc3 = vec4<f32>();
  for (var k0 = 0; k0 < 400; k0 += 32) {
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
  size: i32, // 3*floordiv(batch + 31, 32)
  batch: i32,
  size_1: i32, // floordiv(batch + 31, 32)
}

@group(0) @binding(0) var<storage, read> t0: array<f32>;
@group(0) @binding(1) var<storage, read> weight: array<f32>;
@group(0) @binding(2) var<storage, read> bias: array<f32>;
@group(0) @binding(3) var<storage, read_write> t3: array<f32>;
@group(0) @binding(4) var<uniform> sizes: Sizes;

var<workgroup> tile_a: array<vec4<f32>, 288>;
var<workgroup> tile_b: array<vec4<f32>, 288>;
var<workgroup> partial_acc: array<vec4<f32>, 256>;

fn is_nan(x: f32) -> bool { return (bitcast<u32>(x) & 0x7fffffffu) > 0x7f800000u; }

fn exp_(x: f32) -> f32 { return select(exp(x), x, is_nan(x)); }

fn sigmoid(x: f32) -> f32 {
  let e = exp_(-abs(x));
  return select(e, 1.0, x >= 0.0) / (1.0 + e);
}

fn load_a(m: i32, k: i32) -> f32 {
  if (m >= sizes.batch || k >= 120) { return 0.0; }
  return t0[m * 120 + k];
}

fn load_b(k: i32, n: i32) -> f32 {
  if (k >= 120 || n >= 84) { return 0.0; }
  return weight[n * 120 + k];
}

fn store(m: i32, n: i32, acc: f32) {
  if (m >= sizes.batch || n >= 84) { return; }
  t3[m * 84 + n] = sigmoid(acc + bias[n]);
}

@compute @workgroup_size(256)
fn main(@builtin(workgroup_id) workgroup: vec3<u32>, @builtin(num_workgroups) grid: vec3<u32>, @builtin(local_invocation_index) lane_index: u32) {
  let lane = i32(lane_index);
  let group = i32(workgroup.x + workgroup.y * grid.x);
  if (group >= sizes.size) { return; }
  // 32 x 32 results a workgroup, 4 x 4 an invocation, 4 invocations a block.
  let m0 = group / 3 * 32;
  let n0 = group % 3 * 32;
  let block = lane % 64;
  let slice = lane / 64;
  let row = block / 8;
  let column = block % 8;
  var acc0 = vec4<f32>();
  var acc1 = vec4<f32>();
  var acc2 = vec4<f32>();
  var acc3 = vec4<f32>();
  for (var k0 = 0; k0 < 120; k0 += 32) {
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
  if (m >= sizes.batch || k >= 84) { return 0.0; }
  return t0[m * 84 + k];
}

fn load_b(k: i32, n: i32) -> f32 {
  if (k >= 84 || n >= 10) { return 0.0; }
  return weight[n * 84 + k];
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
  for (var k0 = 0; k0 < 84; k0 += 32) {
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
  size: i32, // 1176*batch
  size_1: i32, // floordiv(1176*batch + 255, 256)
  batch: i32,
  size_2: i32, // floordiv(1176*batch + 255, 256) + 1
}

@group(0) @binding(0) var<storage, read> t0: array<f32>;
@group(0) @binding(1) var<storage, read> y: array<i32>;
@group(0) @binding(2) var<storage, read_write> t2: array<f32>;
@group(0) @binding(3) var<storage, read_write> t3: array<f32>;
@group(0) @binding(4) var<uniform> sizes: Sizes;

var<workgroup> partial_f32: array<f32, 256>;

fn part_0(group: i32, lane: i32) {
  let row = group * 256 + lane;
  if (row < sizes.size) {
    var sum0: f32 = 0.0;
    let i1 = row / 14 * 56;
    let i2 = row % 14 * 2;
    for (var j0 = 0; j0 < 2; j0++) {
      let i0 = j0 * 2;
      let i3 = i1 + j0 * 28 + i2;
      for (var j1 = 0; j1 < 2; j1++) {
        sum0 += t0[i3 + j1];
      }
    }
    t2[row] = sum0 * 0.25;
  }
}

fn part_1(group: i32, lane: i32) {
  let row = group;
  var sum1: f32 = 0.0;
  for (var i = lane; i < sizes.batch; i += 256) {
    sum1 += select(1.0, 0.0, y[i] == -100);
  }
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
    t3[0] = sum1;
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
@group(0) @binding(2) var<storage, read> t2: array<f32>;
@group(0) @binding(3) var<storage, read_write> loss: array<f32>;
@group(0) @binding(4) var<storage, read_write> bias: array<f32>;
@group(0) @binding(5) var<uniform> sizes: Sizes;

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

@compute @workgroup_size(256)
fn main(@builtin(workgroup_id) workgroup: vec3<u32>, @builtin(local_invocation_index) lane_index: u32) {
  let lane = i32(lane_index);
  let global_group = i32(workgroup.x);
  if (global_group < 1) {
    part_0(global_group, lane);
  } else if (global_group < 2) {
    part_1(global_group - 1, lane);
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
  if (k >= sizes.batch || n >= 84) { return 0.0; }
  return t1[k * 84 + n];
}

fn store(m: i32, n: i32, acc: f32) {
  if (m >= 10 || n >= 84) { return; }
  weight[m * 84 + n] = acc;
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
  size: i32, // 3*floordiv(batch + 31, 32)
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
  if (k >= 10 || n >= 84) { return 0.0; }
  return weight[k * 84 + n];
}

fn store(m: i32, n: i32, acc: f32) {
  if (m >= sizes.batch || n >= 84) { return; }
  let i0 = m * 84 + n;
  let t2_at = t2[i0];
  t2[i0] = acc * (t2_at * (1.0 - t2_at));
}

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) workgroup: vec3<u32>, @builtin(num_workgroups) grid: vec3<u32>, @builtin(local_invocation_index) lane_index: u32) {
  let lane = i32(lane_index);
  let group = i32(workgroup.x + workgroup.y * grid.x);
  if (group >= sizes.size) { return; }
  // 32 x 32 results a workgroup, 4 x 4 an invocation.
  let m0 = group / 3 * 32;
  let n0 = group % 3 * 32;
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
@group(0) @binding(2) var<storage, read_write> weight: array<f32>;
@group(0) @binding(3) var<uniform> sizes: Sizes;

var<workgroup> tile_a: array<vec4<f32>, 256>;
var<workgroup> tile_b: array<vec4<f32>, 256>;
var<workgroup> partial_acc: array<vec4<f32>, 256>;

fn load_a(m: i32, k: i32) -> f32 {
  if (m >= 84 || k >= sizes.batch) { return 0.0; }
  return t0[k * 84 + m];
}

fn load_b(k: i32, n: i32) -> f32 {
  if (k >= sizes.batch || n >= 120) { return 0.0; }
  return t1[k * 120 + n];
}

fn store(m: i32, n: i32, acc: f32) {
  if (m >= 84 || n >= 120) { return; }
  weight[m * 120 + n] = acc;
}

@compute @workgroup_size(256)
fn main(@builtin(workgroup_id) workgroup: vec3<u32>, @builtin(local_invocation_index) lane_index: u32) {
  let lane = i32(lane_index);
  let group = i32(workgroup.x);
  // 32 x 32 results a workgroup, 4 x 4 an invocation, 4 invocations a block.
  let m0 = group / 4 * 32;
  let n0 = group % 4 * 32;
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
  size: i32, // 4*floordiv(batch + 31, 32)
  batch: i32,
  size_1: i32, // floordiv(batch + 31, 32)
}

@group(0) @binding(0) var<storage, read> t0: array<f32>;
@group(0) @binding(1) var<storage, read> weight: array<f32>;
@group(0) @binding(2) var<storage, read_write> t2: array<f32>;
@group(0) @binding(3) var<uniform> sizes: Sizes;

var<workgroup> tile_a: array<vec4<f32>, 288>;
var<workgroup> tile_b: array<vec4<f32>, 256>;
var<workgroup> partial_acc: array<vec4<f32>, 256>;

fn load_a(m: i32, k: i32) -> f32 {
  if (m >= sizes.batch || k >= 84) { return 0.0; }
  return t0[m * 84 + k];
}

fn load_b(k: i32, n: i32) -> f32 {
  if (k >= 84 || n >= 120) { return 0.0; }
  return weight[k * 120 + n];
}

fn store(m: i32, n: i32, acc: f32) {
  if (m >= sizes.batch || n >= 120) { return; }
  let i0 = m * 120 + n;
  let t2_at = t2[i0];
  t2[i0] = acc * (t2_at * (1.0 - t2_at));
}

@compute @workgroup_size(256)
fn main(@builtin(workgroup_id) workgroup: vec3<u32>, @builtin(num_workgroups) grid: vec3<u32>, @builtin(local_invocation_index) lane_index: u32) {
  let lane = i32(lane_index);
  let group = i32(workgroup.x + workgroup.y * grid.x);
  if (group >= sizes.size) { return; }
  // 32 x 32 results a workgroup, 4 x 4 an invocation, 4 invocations a block.
  let m0 = group / 4 * 32;
  let n0 = group % 4 * 32;
  let block = lane % 64;
  let slice = lane / 64;
  let row = block / 8;
  let column = block % 8;
  var acc0 = vec4<f32>();
  var acc1 = vec4<f32>();
  var acc2 = vec4<f32>();
  var acc3 = vec4<f32>();
  for (var k0 = 0; k0 < 84; k0 += 32) {
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


struct Sizes {
  batch: i32,
}

@group(0) @binding(0) var<storage, read> t0: array<f32>;
@group(0) @binding(1) var<storage, read> t1: array<f32>;
@group(0) @binding(2) var<storage, read_write> weight: array<f32>;
@group(0) @binding(3) var<uniform> sizes: Sizes;

var<workgroup> tile_a: array<vec4<f32>, 256>;
var<workgroup> tile_b: array<vec4<f32>, 256>;
var<workgroup> partial_acc: array<vec4<f32>, 256>;

fn load_a(m: i32, k: i32) -> f32 {
  if (m >= 120 || k >= sizes.batch) { return 0.0; }
  return t0[k * 120 + m];
}

fn load_b(k: i32, n: i32) -> f32 {
  if (k >= sizes.batch || n >= 400) { return 0.0; }
  return t1[k * 400 + n];
}

fn store(m: i32, n: i32, acc: f32) {
  if (m >= 120 || n >= 400) { return; }
  weight[m * 400 + n] = acc;
}

@compute @workgroup_size(256)
fn main(@builtin(workgroup_id) workgroup: vec3<u32>, @builtin(local_invocation_index) lane_index: u32) {
  let lane = i32(lane_index);
  let group = i32(workgroup.x);
  // 32 x 32 results a workgroup, 4 x 4 an invocation, 4 invocations a block.
  let m0 = group / 13 * 32;
  let n0 = group % 13 * 32;
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
  let row = min(at, 84 - 1);
  let slice = lane / 32;
  var sum0: f32 = 0.0;
  for (var i = slice; i < sizes.batch; i += 8) {
    sum0 += t0[i * 84 + row];
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
  if (slice == 0 && at < 84) {
    bias[row] = sum0;
  }
}

fn part_1(group: i32, lane: i32) {
  // 32 rows a workgroup, 8 invocations a row; past the end the last row is computed again.
  let at = group * 32 + lane % 32;
  let row = min(at, 120 - 1);
  let slice = lane / 32;
  var sum1: f32 = 0.0;
  for (var i = slice; i < sizes.batch; i += 8) {
    sum1 += t1[i * 120 + row];
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
  if (slice == 0 && at < 120) {
    bias_3[row] = sum1;
  }
}

@compute @workgroup_size(256)
fn main(@builtin(workgroup_id) workgroup: vec3<u32>, @builtin(local_invocation_index) lane_index: u32) {
  let lane = i32(lane_index);
  let global_group = i32(workgroup.x);
  if (global_group < 3) {
    part_0(global_group, lane);
  } else if (global_group < 7) {
    part_1(global_group - 3, lane);
  }
}


struct Sizes {
  size: i32, // 13*floordiv(batch + 31, 32)
  batch: i32,
  size_1: i32, // floordiv(batch + 31, 32)
}

@group(0) @binding(0) var<storage, read> t0: array<f32>;
@group(0) @binding(1) var<storage, read> weight: array<f32>;
@group(0) @binding(2) var<storage, read_write> t2: array<f32>;
@group(0) @binding(3) var<uniform> sizes: Sizes;

var<workgroup> tile_a: array<vec4<f32>, 288>;
var<workgroup> tile_b: array<vec4<f32>, 256>;
var<workgroup> partial_acc: array<vec4<f32>, 256>;

fn load_a(m: i32, k: i32) -> f32 {
  if (m >= sizes.batch || k >= 120) { return 0.0; }
  return t0[m * 120 + k];
}

fn load_b(k: i32, n: i32) -> f32 {
  if (k >= 120 || n >= 400) { return 0.0; }
  return weight[k * 400 + n];
}

fn store(m: i32, n: i32, acc: f32) {
  if (m >= sizes.batch || n >= 400) { return; }
  t2[m * 400 + n] = acc * 0.25;
}

@compute @workgroup_size(256)
fn main(@builtin(workgroup_id) workgroup: vec3<u32>, @builtin(num_workgroups) grid: vec3<u32>, @builtin(local_invocation_index) lane_index: u32) {
  let lane = i32(lane_index);
  let group = i32(workgroup.x + workgroup.y * grid.x);
  if (group >= sizes.size) { return; }
  // 32 x 32 results a workgroup, 4 x 4 an invocation, 4 invocations a block.
  let m0 = group / 13 * 32;
  let n0 = group % 13 * 32;
  let block = lane % 64;
  let slice = lane / 64;
  let row = block / 8;
  let column = block % 8;
  var acc0 = vec4<f32>();
  var acc1 = vec4<f32>();
  var acc2 = vec4<f32>();
  var acc3 = vec4<f32>();
  for (var k0 = 0; k0 < 120; k0 += 32) {
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


struct Sizes {
  size: i32, // 100*batch
}

@group(0) @binding(0) var<storage, read> t0: array<f32>;
@group(0) @binding(1) var<storage, read> t1: array<f32>;
@group(0) @binding(2) var<storage, read> t2: array<f32>;
@group(0) @binding(3) var<storage, read_write> weight: array<f32>;
@group(0) @binding(4) var<uniform> sizes: Sizes;

var<workgroup> tile_a: array<vec4<f32>, 160>;
var<workgroup> tile_b: array<vec4<f32>, 288>;
var<workgroup> partial_acc: array<vec4<f32>, 256>;

fn load_a(m: i32, k: i32) -> f32 {
  if (k >= sizes.size) { return 0.0; }
  let i0 = k / 100;
  let t1_at = t1[i0 * 1600 + m * 100 + k % 100];
  return t0[i0 * 400 + m * 25 + k / 20 % 5 * 5 + k / 2 % 5] * (t1_at * (1.0 - t1_at));
}

fn load_b(k: i32, n: i32) -> f32 {
  if (k >= sizes.size || n >= 150) { return 0.0; }
  return t2[k / 100 * 1176 + n / 25 * 196 + k / 10 % 10 * 14 + n / 5 % 5 * 14 + k % 10 + n % 5];
}

fn store(m: i32, n: i32, acc: f32) {
  if (n >= 150) { return; }
  weight[m * 150 + n] = acc;
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
  for (var k0 = 0; k0 < sizes.size; k0 += 32) {
    if (lane < 128) {
      let k = lane % 32;
      let side = lane / 32 * 4;
      tile_a[k * 5 + side / 4] = vec4(
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
    for (var k = slice; k < 32; k += 8) {
      let a = tile_a[k * 5 + row];
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
  size: i32, // floordiv(196*batch + 31, 32)
  size_1: i32, // 196*batch
}

@group(0) @binding(0) var<storage, read> weight: array<f32>;
@group(0) @binding(1) var<storage, read> t1: array<f32>;
@group(0) @binding(2) var<storage, read> t2: array<f32>;
@group(0) @binding(3) var<storage, read_write> t3: array<f32>;
@group(0) @binding(4) var<uniform> sizes: Sizes;

var<workgroup> tile_a: array<vec4<f32>, 96>;
var<workgroup> tile_b: array<vec4<f32>, 256>;
var<workgroup> partial_acc: array<vec4<f32>, 256>;

fn load_a(m: i32, k: i32) -> f32 {
  if (m >= 6 || k >= 400) { return 0.0; }
  return weight[k / 25 * 150 + m * 25 + k % 25 * -1 + 24];
}

fn load_b(k: i32, n: i32) -> f32 {
  if (k >= 400 || n >= sizes.size_1) { return 0.0; }
  var v0: f32 = 0.0;
  let i0 = k / 5 % 5;
  let i1 = n / 14;
  let i2 = i1 % 14;
  let i3 = k % 5;
  let i4 = n % 14;
  if (u32(i0 + i2 - 4) < 10u && u32(i3 + i4 - 4) < 10u) {
    let i5 = n / 196;
    let i6 = k / 25;
    let i7 = i6 * 100;
    let i8 = i0 * 10;
    let i9 = i2 * 10;
    let i10 = i5 * 400 + (i7 + i8 + i9 + i3 + i4 + 1556) / 1600 * 400 + (i6 + (i8 + i9 + i3 + i4 + 56) / 100 + 15) % 16 * 25;
    let i11 = i10 + (n / 28 % 7 + (i8 + i1 % 2 * 10 + i3 + i4 + 16) / 20 + 2) % 5 * 5 + (n / 2 % 7 + (i3 + n % 2) / 2 + 3) % 5;
    let t2_at = t2[i5 * 1600 + i7 + i8 + i9 + i3 + i4 - 44];
    v0 = t1[i11 - 400] * (t2_at * (1.0 - t2_at));
  }
  return v0;
}

fn store(m: i32, n: i32, acc: f32) {
  if (m >= 6 || n >= sizes.size_1) { return; }
  t3[n / 196 * 1176 + m * 196 + n % 196] = acc * 0.25;
}

@compute @workgroup_size(256)
fn main(@builtin(workgroup_id) workgroup: vec3<u32>, @builtin(num_workgroups) grid: vec3<u32>, @builtin(local_invocation_index) lane_index: u32) {
  let lane = i32(lane_index);
  let group = i32(workgroup.x + workgroup.y * grid.x);
  if (group >= sizes.size) { return; }
  // 8 x 32 results a workgroup, 4 x 4 an invocation, 16 invocations a block.
  let m0 = 0 * 8;
  let n0 = group * 32;
  let block = lane % 16;
  let slice = lane / 16;
  let row = block / 8;
  let column = block % 8;
  var acc0 = vec4<f32>();
  var acc1 = vec4<f32>();
  var acc2 = vec4<f32>();
  var acc3 = vec4<f32>();
  for (var k0 = 0; k0 < 400; k0 += 32) {
    if (lane < 64) {
      let k = lane % 32;
      let side = lane / 32 * 4;
      tile_a[k * 3 + side / 4] = vec4(
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
    for (var k = slice; k < 32; k += 16) {
      let a = tile_a[k * 3 + row];
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
    for (var half = 128; half >= 16; half /= 2) {
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
  size: i32, // 100*batch
  size_1: i32, // 784*batch
}

@group(0) @binding(0) var<storage, read> t0: array<f32>;
@group(0) @binding(1) var<storage, read> t1: array<f32>;
@group(0) @binding(2) var<storage, read> t2: array<f32>;
@group(0) @binding(3) var<storage, read> t3: array<f32>;
@group(0) @binding(4) var<storage, read_write> bias: array<f32>;
@group(0) @binding(5) var<storage, read_write> bias_5: array<f32>;
@group(0) @binding(6) var<uniform> sizes: Sizes;

var<workgroup> partial_f32: array<f32, 256>;

fn part_0(group: i32, lane: i32) {
  // 4 rows a workgroup, 64 invocations a row; past the end the last row is computed again.
  let at = group * 4 + lane / 64;
  let row = min(at, 16 - 1);
  let slice = lane % 64;
  var sum0: f32 = 0.0;
  let i1 = row * 25;
  let i2 = row * 100;
  for (var i = slice; i < sizes.size; i += 64) {
    let i0 = i / 100;
    let t1_at = t1[i0 * 1600 + i2 + i % 100];
    sum0 += t0[i0 * 400 + i1 + i / 20 % 5 * 5 + i / 2 % 5] * (t1_at * (1.0 - t1_at));
  }
  partial_f32[lane] = sum0;
  workgroupBarrier();
  for (var half = 32; half > 0; half /= 2) {
    if (slice < half) {
      partial_f32[lane] += partial_f32[lane + half];
    }
    workgroupBarrier();
  }
  sum0 = partial_f32[lane - slice];
  workgroupBarrier();
  if (slice == 0) {
    bias[row] = sum0;
  }
}

fn part_1(group: i32, lane: i32) {
  // 4 rows a workgroup, 64 invocations a row; past the end the last row is computed again.
  let at = group * 4 + lane / 64;
  let row = min(at, 6 - 1);
  let slice = lane % 64;
  var sum1: f32 = 0.0;
  let i1 = row * 196;
  let i2 = row * 784;
  for (var i = slice; i < sizes.size_1; i += 64) {
    let i0 = i / 784;
    let t3_at = t3[i0 * 4704 + i2 + i % 784];
    sum1 += t2[i0 * 1176 + i1 + i / 56 % 14 * 14 + i / 2 % 14] * (t3_at * (1.0 - t3_at));
  }
  partial_f32[lane] = sum1;
  workgroupBarrier();
  for (var half = 32; half > 0; half /= 2) {
    if (slice < half) {
      partial_f32[lane] += partial_f32[lane + half];
    }
    workgroupBarrier();
  }
  sum1 = partial_f32[lane - slice];
  workgroupBarrier();
  if (slice == 0 && at < 6) {
    bias_5[row] = sum1;
  }
}

@compute @workgroup_size(256)
fn main(@builtin(workgroup_id) workgroup: vec3<u32>, @builtin(local_invocation_index) lane_index: u32) {
  let lane = i32(lane_index);
  let global_group = i32(workgroup.x);
  if (global_group < 4) {
    part_0(global_group, lane);
  } else if (global_group < 6) {
    part_1(global_group - 4, lane);
  }
}


struct Sizes {
  size: i32, // 784*batch
}

@group(0) @binding(0) var<storage, read> t0: array<f32>;
@group(0) @binding(1) var<storage, read> t1: array<f32>;
@group(0) @binding(2) var<storage, read> x: array<f32>;
@group(0) @binding(3) var<storage, read_write> weight: array<f32>;
@group(0) @binding(4) var<uniform> sizes: Sizes;

var<workgroup> tile_a: array<vec4<f32>, 96>;
var<workgroup> tile_b: array<vec4<f32>, 288>;
var<workgroup> partial_acc: array<vec4<f32>, 256>;

fn load_a(m: i32, k: i32) -> f32 {
  if (m >= 6 || k >= sizes.size) { return 0.0; }
  let i0 = k / 784;
  let t1_at = t1[i0 * 4704 + m * 784 + k % 784];
  return t0[i0 * 1176 + m * 196 + k / 56 % 14 * 14 + k / 2 % 14] * (t1_at * (1.0 - t1_at));
}

fn load_b(k: i32, n: i32) -> f32 {
  if (k >= sizes.size || n >= 25) { return 0.0; }
  var v0: f32 = 0.0;
  let i0 = n / 5;
  let i1 = n % 5;
  if (u32(k / 28 % 28 + i0 - 2) < 28u && u32(k % 28 + i1 - 2) < 28u) {
    v0 = x[i0 * 28 + k + i1 - 58];
  }
  return v0;
}

fn store(m: i32, n: i32, acc: f32) {
  if (m >= 6 || n >= 25) { return; }
  weight[m * 25 + n] = acc;
}

@compute @workgroup_size(256)
fn main(@builtin(workgroup_id) workgroup: vec3<u32>, @builtin(local_invocation_index) lane_index: u32) {
  let lane = i32(lane_index);
  let group = i32(workgroup.x);
  // 8 x 32 results a workgroup, 4 x 4 an invocation, 16 invocations a block.
  let m0 = 0 * 8;
  let n0 = 0 * 32;
  let block = lane % 16;
  let slice = lane / 16;
  let row = block / 8;
  let column = block % 8;
  var acc0 = vec4<f32>();
  var acc1 = vec4<f32>();
  var acc2 = vec4<f32>();
  var acc3 = vec4<f32>();
  for (var k0 = 0; k0 < sizes.size; k0 += 32) {
    if (lane < 64) {
      let k = lane % 32;
      let side = lane / 32 * 4;
      tile_a[k * 3 + side / 4] = vec4(
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
    for (var k = slice; k < 32; k += 16) {
      let a = tile_a[k * 3 + row];
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
    for (var half = 128; half >= 16; half /= 2) {
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
  size: i32, // floordiv(batch + 31, 32)
  size_1: i32, // 3*floordiv(batch + 31, 32) + 1
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
  if (k >= 10 || n >= 84) { return 0.0; }
  return weight[k * 84 + n];
}

fn store(m: i32, n: i32, acc: f32) {
  if (m >= sizes.batch || n >= 84) { return; }
  let i0 = m * 84 + n;
  let t4_at = t4[i0];
  t6[i0] = acc * (t4_at * (1.0 - t4_at));
}

fn part_1(group: i32, lane: i32) {
  // 32 x 32 results a workgroup, 4 x 4 an invocation, 4 invocations a block.
  let m0 = group / 3 * 32;
  let n0 = group % 3 * 32;
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
@group(0) @binding(4) var<uniform> sizes: Sizes;

var<workgroup> tile_a: array<vec4<f32>, 128>;
var<workgroup> tile_b: array<vec4<f32>, 256>;
var<workgroup> partial_acc: array<vec4<f32>, 256>;

fn load_a(m: i32, k: i32) -> f32 {
  if (m >= 10 || k >= sizes.batch) { return 0.0; }
  return t0[k * 10 + m];
}

fn load_b(k: i32, n: i32) -> f32 {
  if (k >= sizes.batch || n >= 84) { return 0.0; }
  return t1[k * 84 + n];
}

fn store(m: i32, n: i32, acc: f32) {
  if (m >= 10 || n >= 84) { return; }
  let i0 = m * 84 + n;
  weight[i0] = weight[i0] - acc * lr[0];
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
  size: i32, // 4*floordiv(batch + 31, 32)
  batch: i32,
  size_1: i32, // floordiv(batch + 31, 32)
}

@group(0) @binding(0) var<storage, read> t0: array<f32>;
@group(0) @binding(1) var<storage, read> weight: array<f32>;
@group(0) @binding(2) var<storage, read> t2: array<f32>;
@group(0) @binding(3) var<storage, read_write> t3: array<f32>;
@group(0) @binding(4) var<uniform> sizes: Sizes;

var<workgroup> tile_a: array<vec4<f32>, 288>;
var<workgroup> tile_b: array<vec4<f32>, 256>;
var<workgroup> partial_acc: array<vec4<f32>, 256>;

fn load_a(m: i32, k: i32) -> f32 {
  if (m >= sizes.batch || k >= 84) { return 0.0; }
  return t0[m * 84 + k];
}

fn load_b(k: i32, n: i32) -> f32 {
  if (k >= 84 || n >= 120) { return 0.0; }
  return weight[k * 120 + n];
}

fn store(m: i32, n: i32, acc: f32) {
  if (m >= sizes.batch || n >= 120) { return; }
  let i0 = m * 120 + n;
  let t2_at = t2[i0];
  t3[i0] = acc * (t2_at * (1.0 - t2_at));
}

@compute @workgroup_size(256)
fn main(@builtin(workgroup_id) workgroup: vec3<u32>, @builtin(num_workgroups) grid: vec3<u32>, @builtin(local_invocation_index) lane_index: u32) {
  let lane = i32(lane_index);
  let group = i32(workgroup.x + workgroup.y * grid.x);
  if (group >= sizes.size) { return; }
  // 32 x 32 results a workgroup, 4 x 4 an invocation, 4 invocations a block.
  let m0 = group / 4 * 32;
  let n0 = group % 4 * 32;
  let block = lane % 64;
  let slice = lane / 64;
  let row = block / 8;
  let column = block % 8;
  var acc0 = vec4<f32>();
  var acc1 = vec4<f32>();
  var acc2 = vec4<f32>();
  var acc3 = vec4<f32>();
  for (var k0 = 0; k0 < 84; k0 += 32) {
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


struct Sizes {
  batch: i32,
}

@group(0) @binding(0) var<storage, read> t0: array<f32>;
@group(0) @binding(1) var<storage, read> t1: array<f32>;
@group(0) @binding(2) var<storage, read> lr: array<f32>;
@group(0) @binding(3) var<storage, read_write> weight: array<f32>;
@group(0) @binding(4) var<uniform> sizes: Sizes;

var<workgroup> tile_a: array<vec4<f32>, 256>;
var<workgroup> tile_b: array<vec4<f32>, 256>;
var<workgroup> partial_acc: array<vec4<f32>, 256>;

fn load_a(m: i32, k: i32) -> f32 {
  if (m >= 84 || k >= sizes.batch) { return 0.0; }
  return t0[k * 84 + m];
}

fn load_b(k: i32, n: i32) -> f32 {
  if (k >= sizes.batch || n >= 120) { return 0.0; }
  return t1[k * 120 + n];
}

fn store(m: i32, n: i32, acc: f32) {
  if (m >= 84 || n >= 120) { return; }
  let i0 = m * 120 + n;
  weight[i0] = weight[i0] - acc * lr[0];
}

@compute @workgroup_size(256)
fn main(@builtin(workgroup_id) workgroup: vec3<u32>, @builtin(local_invocation_index) lane_index: u32) {
  let lane = i32(lane_index);
  let group = i32(workgroup.x);
  // 32 x 32 results a workgroup, 4 x 4 an invocation, 4 invocations a block.
  let m0 = group / 4 * 32;
  let n0 = group % 4 * 32;
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
  batch: i32,
}

@group(0) @binding(0) var<storage, read> t0: array<f32>;
@group(0) @binding(1) var<storage, read> t1: array<f32>;
@group(0) @binding(2) var<storage, read> lr: array<f32>;
@group(0) @binding(3) var<storage, read_write> weight: array<f32>;
@group(0) @binding(4) var<uniform> sizes: Sizes;

var<workgroup> tile_a: array<vec4<f32>, 256>;
var<workgroup> tile_b: array<vec4<f32>, 256>;
var<workgroup> partial_acc: array<vec4<f32>, 256>;

fn load_a(m: i32, k: i32) -> f32 {
  if (m >= 120 || k >= sizes.batch) { return 0.0; }
  return t0[k * 120 + m];
}

fn load_b(k: i32, n: i32) -> f32 {
  if (k >= sizes.batch || n >= 400) { return 0.0; }
  return t1[k * 400 + n];
}

fn store(m: i32, n: i32, acc: f32) {
  if (m >= 120 || n >= 400) { return; }
  let i0 = m * 400 + n;
  weight[i0] = weight[i0] - acc * lr[0];
}

@compute @workgroup_size(256)
fn main(@builtin(workgroup_id) workgroup: vec3<u32>, @builtin(local_invocation_index) lane_index: u32) {
  let lane = i32(lane_index);
  let group = i32(workgroup.x);
  // 32 x 32 results a workgroup, 4 x 4 an invocation, 4 invocations a block.
  let m0 = group / 13 * 32;
  let n0 = group % 13 * 32;
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
  batch: i32,
  size: i32, // 100*batch
}

@group(0) @binding(0) var<storage, read> t0: array<f32>;
@group(0) @binding(1) var<storage, read> lr: array<f32>;
@group(0) @binding(2) var<storage, read> t2: array<f32>;
@group(0) @binding(3) var<storage, read> t3: array<f32>;
@group(0) @binding(4) var<storage, read_write> bias: array<f32>;
@group(0) @binding(5) var<storage, read_write> bias_5: array<f32>;
@group(0) @binding(6) var<uniform> sizes: Sizes;

var<workgroup> partial_f32: array<f32, 256>;

fn part_0(group: i32, lane: i32) {
  // 32 rows a workgroup, 8 invocations a row; past the end the last row is computed again.
  let at = group * 32 + lane % 32;
  let row = min(at, 120 - 1);
  let slice = lane / 32;
  var sum0: f32 = 0.0;
  for (var i = slice; i < sizes.batch; i += 8) {
    sum0 += t0[i * 120 + row];
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
  if (slice == 0 && at < 120) {
    bias[row] = bias[row] - sum0 * lr[0];
  }
}

fn part_1(group: i32, lane: i32) {
  // 4 rows a workgroup, 64 invocations a row; past the end the last row is computed again.
  let at = group * 4 + lane / 64;
  let row = min(at, 16 - 1);
  let slice = lane % 64;
  var sum1: f32 = 0.0;
  let i1 = row * 25;
  let i2 = row * 100;
  for (var i = slice; i < sizes.size; i += 64) {
    let i0 = i / 100;
    let t3_at = t3[i0 * 1600 + i2 + i % 100];
    sum1 += t2[i0 * 400 + i1 + i / 20 % 5 * 5 + i / 2 % 5] * (t3_at * (1.0 - t3_at));
  }
  partial_f32[lane] = sum1;
  workgroupBarrier();
  for (var half = 32; half > 0; half /= 2) {
    if (slice < half) {
      partial_f32[lane] += partial_f32[lane + half];
    }
    workgroupBarrier();
  }
  sum1 = partial_f32[lane - slice];
  workgroupBarrier();
  if (slice == 0) {
    bias_5[row] = bias_5[row] - sum1 * lr[0];
  }
}

@compute @workgroup_size(256)
fn main(@builtin(workgroup_id) workgroup: vec3<u32>, @builtin(local_invocation_index) lane_index: u32) {
  let lane = i32(lane_index);
  let global_group = i32(workgroup.x);
  if (global_group < 4) {
    part_0(global_group, lane);
  } else if (global_group < 8) {
    part_1(global_group - 4, lane);
  }
}


struct Sizes {
  size: i32, // 100*batch
}

@group(0) @binding(0) var<storage, read> t0: array<f32>;
@group(0) @binding(1) var<storage, read> t1: array<f32>;
@group(0) @binding(2) var<storage, read> t2: array<f32>;
@group(0) @binding(3) var<storage, read> lr: array<f32>;
@group(0) @binding(4) var<storage, read_write> weight: array<f32>;
@group(0) @binding(5) var<uniform> sizes: Sizes;

var<workgroup> tile_a: array<vec4<f32>, 160>;
var<workgroup> tile_b: array<vec4<f32>, 288>;
var<workgroup> partial_acc: array<vec4<f32>, 256>;

fn load_a(m: i32, k: i32) -> f32 {
  if (k >= sizes.size) { return 0.0; }
  let i0 = k / 100;
  let t1_at = t1[i0 * 1600 + m * 100 + k % 100];
  return t0[i0 * 400 + m * 25 + k / 20 % 5 * 5 + k / 2 % 5] * (t1_at * (1.0 - t1_at));
}

fn load_b(k: i32, n: i32) -> f32 {
  if (k >= sizes.size || n >= 150) { return 0.0; }
  return t2[k / 100 * 1176 + n / 25 * 196 + k / 10 % 10 * 14 + n / 5 % 5 * 14 + k % 10 + n % 5];
}

fn store(m: i32, n: i32, acc: f32) {
  if (n >= 150) { return; }
  let i0 = m * 150 + n;
  weight[i0] = weight[i0] - acc * lr[0];
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
  for (var k0 = 0; k0 < sizes.size; k0 += 32) {
    if (lane < 128) {
      let k = lane % 32;
      let side = lane / 32 * 4;
      tile_a[k * 5 + side / 4] = vec4(
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
    for (var k = slice; k < 32; k += 8) {
      let a = tile_a[k * 5 + row];
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
  size: i32, // 784*batch
}

@group(0) @binding(0) var<storage, read> t0: array<f32>;
@group(0) @binding(1) var<storage, read> lr: array<f32>;
@group(0) @binding(2) var<storage, read> t2: array<f32>;
@group(0) @binding(3) var<storage, read> t3: array<f32>;
@group(0) @binding(4) var<storage, read> t4: array<f32>;
@group(0) @binding(5) var<storage, read_write> bias: array<f32>;
@group(0) @binding(6) var<storage, read_write> bias_6: array<f32>;
@group(0) @binding(7) var<storage, read_write> bias_7: array<f32>;
@group(0) @binding(8) var<uniform> sizes: Sizes;

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
    bias[row] = bias[row] - sum0 * lr[0];
  }
}

fn part_1(group: i32, lane: i32) {
  // 32 rows a workgroup, 8 invocations a row; past the end the last row is computed again.
  let at = group * 32 + lane % 32;
  let row = min(at, 84 - 1);
  let slice = lane / 32;
  var sum1: f32 = 0.0;
  for (var i = slice; i < sizes.batch; i += 8) {
    sum1 += t2[i * 84 + row];
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
  if (slice == 0 && at < 84) {
    bias_6[row] = bias_6[row] - sum1 * lr[0];
  }
}

fn part_2(group: i32, lane: i32) {
  // 4 rows a workgroup, 64 invocations a row; past the end the last row is computed again.
  let at = group * 4 + lane / 64;
  let row = min(at, 6 - 1);
  let slice = lane % 64;
  var sum2: f32 = 0.0;
  let i1 = row * 196;
  let i2 = row * 784;
  for (var i = slice; i < sizes.size; i += 64) {
    let i0 = i / 784;
    let t4_at = t4[i0 * 4704 + i2 + i % 784];
    sum2 += t3[i0 * 1176 + i1 + i / 56 % 14 * 14 + i / 2 % 14] * (t4_at * (1.0 - t4_at));
  }
  partial_f32[lane] = sum2;
  workgroupBarrier();
  for (var half = 32; half > 0; half /= 2) {
    if (slice < half) {
      partial_f32[lane] += partial_f32[lane + half];
    }
    workgroupBarrier();
  }
  sum2 = partial_f32[lane - slice];
  workgroupBarrier();
  if (slice == 0 && at < 6) {
    bias_7[row] = bias_7[row] - sum2 * lr[0];
  }
}

@compute @workgroup_size(256)
fn main(@builtin(workgroup_id) workgroup: vec3<u32>, @builtin(local_invocation_index) lane_index: u32) {
  let lane = i32(lane_index);
  let global_group = i32(workgroup.x);
  if (global_group < 1) {
    part_0(global_group, lane);
  } else if (global_group < 4) {
    part_1(global_group - 1, lane);
  } else if (global_group < 6) {
    part_2(global_group - 4, lane);
  }
}


struct Sizes {
  size: i32, // 784*batch
}

@group(0) @binding(0) var<storage, read> t0: array<f32>;
@group(0) @binding(1) var<storage, read> t1: array<f32>;
@group(0) @binding(2) var<storage, read> x: array<f32>;
@group(0) @binding(3) var<storage, read> lr: array<f32>;
@group(0) @binding(4) var<storage, read_write> weight: array<f32>;
@group(0) @binding(5) var<uniform> sizes: Sizes;

var<workgroup> tile_a: array<vec4<f32>, 96>;
var<workgroup> tile_b: array<vec4<f32>, 288>;
var<workgroup> partial_acc: array<vec4<f32>, 256>;

fn load_a(m: i32, k: i32) -> f32 {
  if (m >= 6 || k >= sizes.size) { return 0.0; }
  let i0 = k / 784;
  let t1_at = t1[i0 * 4704 + m * 784 + k % 784];
  return t0[i0 * 1176 + m * 196 + k / 56 % 14 * 14 + k / 2 % 14] * (t1_at * (1.0 - t1_at));
}

fn load_b(k: i32, n: i32) -> f32 {
  if (k >= sizes.size || n >= 25) { return 0.0; }
  var v0: f32 = 0.0;
  let i0 = n / 5;
  let i1 = n % 5;
  if (u32(k / 28 % 28 + i0 - 2) < 28u && u32(k % 28 + i1 - 2) < 28u) {
    v0 = x[i0 * 28 + k + i1 - 58];
  }
  return v0;
}

fn store(m: i32, n: i32, acc: f32) {
  if (m >= 6 || n >= 25) { return; }
  let i0 = m * 25 + n;
  weight[i0] = weight[i0] - acc * lr[0];
}

@compute @workgroup_size(256)
fn main(@builtin(workgroup_id) workgroup: vec3<u32>, @builtin(local_invocation_index) lane_index: u32) {
  let lane = i32(lane_index);
  let group = i32(workgroup.x);
  // 8 x 32 results a workgroup, 4 x 4 an invocation, 16 invocations a block.
  let m0 = 0 * 8;
  let n0 = 0 * 32;
  let block = lane % 16;
  let slice = lane / 16;
  let row = block / 8;
  let column = block % 8;
  var acc0 = vec4<f32>();
  var acc1 = vec4<f32>();
  var acc2 = vec4<f32>();
  var acc3 = vec4<f32>();
  for (var k0 = 0; k0 < sizes.size; k0 += 32) {
    if (lane < 64) {
      let k = lane % 32;
      let side = lane / 32 * 4;
      tile_a[k * 3 + side / 4] = vec4(
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
    for (var k = slice; k < 32; k += 16) {
      let a = tile_a[k * 3 + row];
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
    for (var half = 128; half >= 16; half /= 2) {
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

