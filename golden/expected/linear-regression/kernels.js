function map1b56c9398b(rng, weight, bias) {
  const sum = random(rng, 0, 1) * 1.4142135381698608 + -0.7071067690849304;
  for (let i0 = 0; i0 < 2; i0++) {
    weight[i0] = random(rng, i0, 0) * 1.4142135381698608 + -0.7071067690849304;
  }
  bias[0] = sum;
}

function reduce71489b7a48(x, weight, bias, result, batch) {
  const biasValue = bias[0];
  for (let i0 = 0; i0 < batch; i0++) {
    let sum0 = 0;
    const xAt = i0 * 2;
    sum0 += x[xAt] * weight[0];
    sum0 += x[xAt + 1] * weight[1];
    result[i0] = sum0 + biasValue;
  }
}

function reduce06a1ef7295(x, weight, bias, y, t4, batch) {
  const biasValue = bias[0];
  for (let i0 = 0; i0 < batch; i0++) {
    let sum0 = 0;
    const xAt = i0 * 2;
    sum0 += x[xAt] * weight[0];
    sum0 += x[xAt + 1] * weight[1];
    const difference = sum0 + biasValue - y[i0];
    t4[i0] = difference * difference;
  }
}

function reduce2e33ef3e6a(t0, loss, batch) {
  let sum00 = 0;
  let sum01 = 0;
  let sum02 = 0;
  let sum03 = 0;
  let j0 = 0;
  for (; j0 < batch - 3; j0 += 4) {
    sum00 += t0[j0];
    sum01 += t0[j0 + 1];
    sum02 += t0[j0 + 2];
    sum03 += t0[j0 + 3];
  }
  for (; j0 < batch; j0++) {
    sum00 += t0[j0];
  }
  const sum0 = sum00 + sum01 + sum02 + sum03;
  loss[0] = sum0 / batch;
}

function reduceB30e825e1a(x, weight, bias, y, t4, batch) {
  const biasValue = bias[0];
  for (let i0 = 0; i0 < batch; i0++) {
    let sum0 = 0;
    const xAt = i0 * 2;
    sum0 += x[xAt] * weight[0];
    sum0 += x[xAt + 1] * weight[1];
    t4[i0] = sum0 + biasValue - y[i0];
  }
}

function reduce1100c93e50(t0, x, loss, bias, weight, batch) {
  const quotient = 1 / batch;
  let sum00 = 0;
  let sum01 = 0;
  let sum02 = 0;
  let sum03 = 0;
  let j0 = 0;
  for (; j0 < batch - 3; j0 += 4) {
    const t0Value = t0[j0];
    sum00 += t0Value * t0Value;
    const t0Value2 = t0[j0 + 1];
    sum01 += t0Value2 * t0Value2;
    const t0Value3 = t0[j0 + 2];
    sum02 += t0Value3 * t0Value3;
    const t0Value4 = t0[j0 + 3];
    sum03 += t0Value4 * t0Value4;
  }
  for (; j0 < batch; j0++) {
    const t0Value = t0[j0];
    sum00 += t0Value * t0Value;
  }
  const sum0 = sum00 + sum01 + sum02 + sum03;
  let sum1 = 0;
  for (let j0_2 = 0; j0_2 < batch; j0_2++) {
    const product = quotient * t0[j0_2];
    sum1 += product + product;
  }
  loss[0] = sum0 / batch;
  bias[0] = sum1;
  for (let i0 = 0; i0 < 2; i0++) {
    let sum2 = 0;
    for (let j1 = 0; j1 < batch; j1++) {
      const product = quotient * t0[j1];
      sum2 += x[i0 + j1 * 2] * (product + product);
    }
    weight[i0] = sum2;
  }
}

function reduce21647aac85(t0, lr, x, bias, loss, weight, batch) {
  const quotient = 1 / batch;
  const lrValue = lr[0];
  let sum00 = 0;
  let sum01 = 0;
  let sum02 = 0;
  let sum03 = 0;
  let j0 = 0;
  for (; j0 < batch - 3; j0 += 4) {
    const t0Value = t0[j0];
    sum00 += t0Value * t0Value;
    const t0Value2 = t0[j0 + 1];
    sum01 += t0Value2 * t0Value2;
    const t0Value3 = t0[j0 + 2];
    sum02 += t0Value3 * t0Value3;
    const t0Value4 = t0[j0 + 3];
    sum03 += t0Value4 * t0Value4;
  }
  for (; j0 < batch; j0++) {
    const t0Value = t0[j0];
    sum00 += t0Value * t0Value;
  }
  const sum0 = sum00 + sum01 + sum02 + sum03;
  let sum1 = 0;
  for (let j0_2 = 0; j0_2 < batch; j0_2++) {
    const product = quotient * t0[j0_2];
    sum1 += product + product;
  }
  loss[0] = sum0 / batch;
  bias[0] = bias[0] - sum1 * lrValue;
  for (let i0 = 0; i0 < 2; i0++) {
    let sum2 = 0;
    for (let j1 = 0; j1 < batch; j1++) {
      const product = quotient * t0[j1];
      sum2 += x[i0 + j1 * 2] * (product + product);
    }
    weight[i0] = weight[i0] - sum2 * lrValue;
  }
}
