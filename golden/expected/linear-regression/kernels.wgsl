@group(0) @binding(0) var<storage, read> rng: array<i32>;
@group(0) @binding(1) var<storage, read_write> weight: array<f32>;
@group(0) @binding(2) var<storage, read_write> bias: array<f32>;

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
  if (row < 2) {
    weight[row] = uniform_random(vec2(rng[0], rng[1]), row, 0u) * 1.4142135 - 0.70710677;
  }
}

fn part_1(group: i32, lane: i32) {
  let row = group * 64 + lane;
  if (row < 1) {
    bias[0] = uniform_random(vec2(rng[0], rng[1]), 0, 1u) * 1.4142135 - 0.70710677;
  }
}

@compute @workgroup_size(64)
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
  size: i32, // floordiv(batch + 255, 256)
  batch: i32,
}

@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read> weight: array<f32>;
@group(0) @binding(2) var<storage, read> bias: array<f32>;
@group(0) @binding(3) var<storage, read_write> result: array<f32>;
@group(0) @binding(4) var<uniform> sizes: Sizes;

@compute @workgroup_size(256)
fn main(@builtin(workgroup_id) workgroup: vec3<u32>, @builtin(num_workgroups) grid: vec3<u32>, @builtin(local_invocation_index) lane_index: u32) {
  let lane = i32(lane_index);
  let group = i32(workgroup.x + workgroup.y * grid.x);
  if (group >= sizes.size) { return; }
  let row = group * 256 + lane;
  if (row < sizes.batch) {
    var sum0: f32 = 0.0;
    let i0 = row * 2;
    for (var j0 = 0; j0 < 2; j0++) {
      sum0 += x[i0 + j0] * weight[j0];
    }
    result[row] = sum0 + bias[0];
  }
}


struct Sizes {
  size: i32, // floordiv(batch + 255, 256)
  batch: i32,
}

@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read> weight: array<f32>;
@group(0) @binding(2) var<storage, read> bias: array<f32>;
@group(0) @binding(3) var<storage, read> y: array<f32>;
@group(0) @binding(4) var<storage, read_write> t4: array<f32>;
@group(0) @binding(5) var<uniform> sizes: Sizes;

@compute @workgroup_size(256)
fn main(@builtin(workgroup_id) workgroup: vec3<u32>, @builtin(num_workgroups) grid: vec3<u32>, @builtin(local_invocation_index) lane_index: u32) {
  let lane = i32(lane_index);
  let group = i32(workgroup.x + workgroup.y * grid.x);
  if (group >= sizes.size) { return; }
  let row = group * 256 + lane;
  if (row < sizes.batch) {
    var sum0: f32 = 0.0;
    let i0 = row * 2;
    for (var j0 = 0; j0 < 2; j0++) {
      sum0 += x[i0 + j0] * weight[j0];
    }
    let v0 = sum0 + bias[0] - y[row];
    t4[row] = v0 * v0;
  }
}


struct Sizes {
  batch: i32,
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
    loss[0] = sum0 / f32(sizes.batch);
  }
}


struct Sizes {
  size: i32, // floordiv(batch + 255, 256)
  batch: i32,
}

@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read> weight: array<f32>;
@group(0) @binding(2) var<storage, read> bias: array<f32>;
@group(0) @binding(3) var<storage, read> y: array<f32>;
@group(0) @binding(4) var<storage, read_write> t4: array<f32>;
@group(0) @binding(5) var<uniform> sizes: Sizes;

@compute @workgroup_size(256)
fn main(@builtin(workgroup_id) workgroup: vec3<u32>, @builtin(num_workgroups) grid: vec3<u32>, @builtin(local_invocation_index) lane_index: u32) {
  let lane = i32(lane_index);
  let group = i32(workgroup.x + workgroup.y * grid.x);
  if (group >= sizes.size) { return; }
  let row = group * 256 + lane;
  if (row < sizes.batch) {
    var sum0: f32 = 0.0;
    let i0 = row * 2;
    for (var j0 = 0; j0 < 2; j0++) {
      sum0 += x[i0 + j0] * weight[j0];
    }
    t4[row] = sum0 + bias[0] - y[row];
  }
}


struct Sizes {
  batch: i32,
}

@group(0) @binding(0) var<storage, read> t0: array<f32>;
@group(0) @binding(1) var<storage, read> x: array<f32>;
@group(0) @binding(2) var<storage, read_write> loss: array<f32>;
@group(0) @binding(3) var<storage, read_write> bias: array<f32>;
@group(0) @binding(4) var<storage, read_write> weight: array<f32>;
@group(0) @binding(5) var<uniform> sizes: Sizes;

var<workgroup> partial_f32: array<f32, 256>;

fn part_0(group: i32, lane: i32) {
  let row = group;
  var sum0: f32 = 0.0;
  for (var i = lane; i < sizes.batch; i += 256) {
    let t0_at = t0[i];
    sum0 += t0_at * t0_at;
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
  let v0 = f32(sizes.batch);
  let v0_1 = 1.0 / v0;
  var sum1: f32 = 0.0;
  for (var i_1 = lane; i_1 < sizes.batch; i_1 += 256) {
    let t0_at_1 = t0[i_1];
    let v1 = v0_1 * t0_at_1;
    sum1 += v1 + v1;
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
    loss[0] = sum0 / v0;
    bias[0] = sum1;
  }
}

fn part_1(group: i32, lane: i32) {
  // 2 rows a workgroup, 128 invocations a row; past the end the last row is computed again.
  let at = group * 2 + lane / 128;
  let row = min(at, 2 - 1);
  let slice = lane % 128;
  let v1 = 1.0 / f32(sizes.batch);
  var sum2: f32 = 0.0;
  for (var i = slice; i < sizes.batch; i += 128) {
    let v0 = v1 * t0[i];
    sum2 += x[i * 2 + row] * (v0 + v0);
  }
  partial_f32[lane] = sum2;
  workgroupBarrier();
  for (var half = 64; half > 0; half /= 2) {
    if (slice < half) {
      partial_f32[lane] += partial_f32[lane + half];
    }
    workgroupBarrier();
  }
  sum2 = partial_f32[lane - slice];
  workgroupBarrier();
  if (slice == 0) {
    weight[row] = sum2;
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
@group(0) @binding(1) var<storage, read> lr: array<f32>;
@group(0) @binding(2) var<storage, read> x: array<f32>;
@group(0) @binding(3) var<storage, read_write> bias: array<f32>;
@group(0) @binding(4) var<storage, read_write> loss: array<f32>;
@group(0) @binding(5) var<storage, read_write> weight: array<f32>;
@group(0) @binding(6) var<uniform> sizes: Sizes;

var<workgroup> partial_f32: array<f32, 256>;

fn part_0(group: i32, lane: i32) {
  let row = group;
  var sum0: f32 = 0.0;
  for (var i = lane; i < sizes.batch; i += 256) {
    let t0_at = t0[i];
    sum0 += t0_at * t0_at;
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
  let v0 = f32(sizes.batch);
  let v0_1 = 1.0 / v0;
  var sum1: f32 = 0.0;
  for (var i_1 = lane; i_1 < sizes.batch; i_1 += 256) {
    let t0_at_1 = t0[i_1];
    let v1 = v0_1 * t0_at_1;
    sum1 += v1 + v1;
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
    loss[0] = sum0 / v0;
    bias[0] = bias[0] - sum1 * lr[0];
  }
}

fn part_1(group: i32, lane: i32) {
  // 2 rows a workgroup, 128 invocations a row; past the end the last row is computed again.
  let at = group * 2 + lane / 128;
  let row = min(at, 2 - 1);
  let slice = lane % 128;
  let v1 = 1.0 / f32(sizes.batch);
  var sum2: f32 = 0.0;
  for (var i = slice; i < sizes.batch; i += 128) {
    let v0 = v1 * t0[i];
    sum2 += x[i * 2 + row] * (v0 + v0);
  }
  partial_f32[lane] = sum2;
  workgroupBarrier();
  for (var half = 64; half > 0; half /= 2) {
    if (slice < half) {
      partial_f32[lane] += partial_f32[lane + half];
    }
    workgroupBarrier();
  }
  sum2 = partial_f32[lane - slice];
  workgroupBarrier();
  if (slice == 0) {
    weight[row] = weight[row] - sum2 * lr[0];
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

