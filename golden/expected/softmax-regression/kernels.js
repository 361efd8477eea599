function mapF01fbc21a5(rng, bias, weight) {
  for (let i0 = 0; i0 < 10; i0++) {
    bias[i0] = 0;
  }
  for (let i1 = 0; i1 < 7840; i1++) {
    weight[i1] = Math.sqrt(Math.log(-random(rng, i1, 2) + 1) * -2) * Math.cos(random(rng, i1, 3) * 6.2831854820251465) * 0.009999999776482582 + 0;
  }
}

function contract3e40440d2a(x, weight, bias, result, batch) {
  const sums = sumsPanel;
  const left = leftPanel;
  const right = rightPanel;
  for (let m0Start = 0; m0Start < batch; m0Start += 80) {
    const m0Count = Math.min(80, batch - m0Start);
    sums.fill(0, 0, m0Count * 10);
    const xAt = m0Start * 784;
    for (let k0Start = 0; k0Start < 784; k0Start += 196) {
      const xAt2 = xAt + k0Start;
      for (let m0 = 0; m0 < m0Count; m0++) {
        const xAt3 = xAt2 + m0 * 784;
        const leftAt = m0 * 196;
        for (let k0 = 0; k0 < 196; k0++) {
          left[leftAt + k0] = x[xAt3 + k0];
        }
      }
      if (batch < 4) {
        for (let row = 0; row < m0Count; row++) {
          dots(weight, k0Start, 784, 10, 196, row * 196, row * 10);
        }
      } else {
        for (let n0 = 0; n0 < 10; n0++) {
          const weightAt = k0Start + n0 * 784;
          const rightAt = n0 * 196;
          for (let k0 = 0; k0 < 196; k0++) {
            right[rightAt + k0] = weight[weightAt + k0];
          }
        }
        multiply(m0Count, 10, 196, 196, 10);
      }
    }
    const resultAt = m0Start * 10;
    for (let m0 = 0; m0 < m0Count; m0++) {
      const sumsAt = m0 * 10;
      const resultAt2 = resultAt + m0 * 10;
      for (let n0 = 0; n0 < 10; n0++) {
        result[resultAt2 + n0] = sums[sumsAt + n0] + bias[n0];
      }
    }
  }
}

function reduce3f2a5adf42(t0, y, t2, batch) {
  for (let i0 = 0; i0 < batch; i0++) {
    let max0 = -Infinity;
    const t0At = i0 * 10;
    for (let j0 = 0; j0 < 10; j0++) {
      max0 = Math.max(max0, t0[t0At + j0]);
    }
    let sum0 = 0;
    for (let j0 = 0; j0 < 10; j0++) {
      sum0 += exp(t0[t0At + j0] - max0);
    }
    const yValue = y[i0];
    const eq = yValue === -100;
    const part = Math.min(Math.max(eq ? 0 : yValue, 0), 9);
    t2[i0] = eq ? 0 : -(t0[i0 * 10 + part] - max0 - Math.log(sum0));
  }
}

function reduce3a6bf38958(t0, y, loss, batch) {
  let sum0 = 0;
  let sum1 = 0;
  for (let j0 = 0; j0 < batch; j0++) {
    sum0 += t0[j0];
    sum1 += y[j0] === -100 ? 0 : 1;
  }
  loss[0] = sum0 / sum1;
}

function reduceE6f9f4db13(y, t1, batch) {
  let sum0 = 0;
  for (let j0 = 0; j0 < batch; j0++) {
    sum0 += y[j0] === -100 ? 0 : 1;
  }
  t1[0] = sum0;
}

function reduce9a81dd518a(t0, y, t2, t3, t4, batch) {
  const quotient = 1 / t2[0];
  for (let i0 = 0; i0 < batch; i0++) {
    let max0 = -Infinity;
    const t0At = i0 * 10;
    for (let j0 = 0; j0 < 10; j0++) {
      max0 = Math.max(max0, t0[t0At + j0]);
    }
    let sum0 = 0;
    for (let j0 = 0; j0 < 10; j0++) {
      sum0 += exp(t0[t0At + j0] - max0);
    }
    const yValue = y[i0];
    const eq = yValue === -100;
    const v0 = eq ? 0 : yValue;
    const v1 = -(eq ? 0 : quotient) + 0;
    let sum1 = 0;
    for (let j0 = 0; j0 < 10; j0++) {
      sum1 += -(j0 === v0 ? v1 : 0);
    }
    const v2 = sum1 / sum0;
    const part = Math.min(Math.max(eq ? 0 : yValue, 0), 9);
    t3[i0] = eq ? 0 : -(t0[i0 * 10 + part] - max0 - Math.log(sum0));
    for (let j0 = 0; j0 < 10; j0++) {
      const t0At2 = t0At + j0;
      t4[t0At2] = (j0 === v0 ? v1 : 0) + v2 * exp(t0[t0At2] - max0);
    }
  }
}

function reduceFf6f006797(t0, t1, t2, loss, bias, batch) {
  const t1Value = t1[0];
  const columns = columnsPanel;
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
  loss[0] = sum0 / t1Value;
  columns.fill(0, 0, 10);
  for (let j1 = 0; j1 < batch; j1++) {
    const t2At = j1 * 10;
    for (let i0 = 0; i0 < 10; i0++) {
      columns[i0] += t2[t2At + i0];
    }
  }
  for (let i0 = 0; i0 < 10; i0++) {
    bias[i0] = columns[i0];
  }
}

function contract1cdbf121cb(t0, x, weight, batch) {
  const sums = sumsPanel;
  const left = leftPanel;
  const right = rightPanel;
  for (let n0Start = 0; n0Start < 784; n0Start += 64) {
    const n0Count = Math.min(64, 784 - n0Start);
    sums.fill(0, 0, n0Count * 10);
    for (let k0Start = 0; k0Start < batch; k0Start += 256) {
      const k0Count = Math.min(256, batch - k0Start);
      const xAt = n0Start + k0Start * 784;
      for (let k0 = 0; k0 < k0Count; k0++) {
        const xAt2 = xAt + k0 * 784;
        for (let n0 = 0; n0 < n0Count; n0++) {
          left[k0 + n0 * 256] = x[xAt2 + n0];
        }
      }
      const t0At = k0Start * 10;
      for (let k0 = 0; k0 < k0Count; k0++) {
        const t0At2 = t0At + k0 * 10;
        for (let m0 = 0; m0 < 10; m0++) {
          right[k0 + m0 * 256] = t0[t0At2 + m0];
        }
      }
      multiply(n0Count, 10, k0Count, 256, 10);
    }
    for (let m0 = 0; m0 < 10; m0++) {
      const weightAt = n0Start + m0 * 784;
      for (let n0 = 0; n0 < n0Count; n0++) {
        weight[weightAt + n0] = sums[m0 + n0 * 10];
      }
    }
  }
}

function reduce3be5d2fceb(t0, t1, t2, lr, loss, bias, batch) {
  const t1Value = t1[0];
  const columns = columnsPanel;
  const lrValue = lr[0];
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
  loss[0] = sum0 / t1Value;
  columns.fill(0, 0, 10);
  for (let j1 = 0; j1 < batch; j1++) {
    const t2At = j1 * 10;
    for (let i0 = 0; i0 < 10; i0++) {
      columns[i0] += t2[t2At + i0];
    }
  }
  for (let i0 = 0; i0 < 10; i0++) {
    bias[i0] = bias[i0] - columns[i0] * lrValue;
  }
}

function contract781a420a8c(t0, x, lr, weight, batch) {
  const sums = sumsPanel;
  const left = leftPanel;
  const right = rightPanel;
  const lrValue = lr[0];
  for (let n0Start = 0; n0Start < 784; n0Start += 64) {
    const n0Count = Math.min(64, 784 - n0Start);
    sums.fill(0, 0, n0Count * 10);
    for (let k0Start = 0; k0Start < batch; k0Start += 256) {
      const k0Count = Math.min(256, batch - k0Start);
      const xAt = n0Start + k0Start * 784;
      for (let k0 = 0; k0 < k0Count; k0++) {
        const xAt2 = xAt + k0 * 784;
        for (let n0 = 0; n0 < n0Count; n0++) {
          left[k0 + n0 * 256] = x[xAt2 + n0];
        }
      }
      const t0At = k0Start * 10;
      for (let k0 = 0; k0 < k0Count; k0++) {
        const t0At2 = t0At + k0 * 10;
        for (let m0 = 0; m0 < 10; m0++) {
          right[k0 + m0 * 256] = t0[t0At2 + m0];
        }
      }
      multiply(n0Count, 10, k0Count, 256, 10);
    }
    for (let m0 = 0; m0 < 10; m0++) {
      const weightAt = n0Start + m0 * 784;
      for (let n0 = 0; n0 < n0Count; n0++) {
        const weightAt2 = weightAt + n0;
        weight[weightAt2] = weight[weightAt2] - sums[m0 + n0 * 10] * lrValue;
      }
    }
  }
}

function reduce47aad365ae(y, least0, greatest0, batch) {
  let min0 = 2147483647;
  let max0 = -2147483648;
  for (let j0 = 0; j0 < batch; j0++) {
    const yValue = y[j0];
    const chosen = yValue === -100 ? 0 : yValue;
    min0 = Math.min(min0, chosen);
    max0 = Math.max(max0, chosen);
  }
  least0[0] = min0;
  greatest0[0] = max0;
}
