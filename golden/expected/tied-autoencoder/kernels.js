function map9145382e90(rng, weight, bias, bias3) {
  for (let i0 = 0; i0 < 50176; i0++) {
    weight[i0] = random(rng, i0, 0) * 0.0714285746216774 + -0.0357142873108387;
  }
  for (let i1 = 0; i1 < 64; i1++) {
    bias[i1] = random(rng, i1, 1) * 0.0714285746216774 + -0.0357142873108387;
  }
  for (let i2 = 0; i2 < 784; i2++) {
    bias3[i2] = 0;
  }
}

function contract4028fa8791(x, weight, bias, t3, batch) {
  const sums = sumsPanel;
  const left = leftPanel;
  const right = rightPanel;
  for (let m0Start = 0; m0Start < batch; m0Start += 80) {
    const m0Count = Math.min(80, batch - m0Start);
    sums.fill(0, 0, m0Count * 64);
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
          dots(weight, k0Start, 784, 64, 196, row * 196, row * 64);
        }
      } else {
        for (let n0 = 0; n0 < 64; n0++) {
          const weightAt = k0Start + n0 * 784;
          const rightAt = n0 * 196;
          for (let k0 = 0; k0 < 196; k0++) {
            right[rightAt + k0] = weight[weightAt + k0];
          }
        }
        multiply(m0Count, 64, 196, 196, 64);
      }
    }
    const t3At = m0Start * 64;
    for (let m0 = 0; m0 < m0Count; m0++) {
      const sumsAt = m0 * 64;
      const t3At2 = t3At + m0 * 64;
      for (let n0 = 0; n0 < 64; n0++) {
        const sum = sums[sumsAt + n0] + bias[n0];
        t3[t3At2 + n0] = sum <= 0 ? 0 : sum;
      }
    }
  }
}

function contractC1239ec95b(t0, weight, bias, result, batch) {
  const sums = sumsPanel;
  const right = rightPanel;
  const left = leftPanel;
  for (let n0Start = 0; n0Start < 784; n0Start += 112) {
    if (batch >= 4) {
      for (let k0 = 0; k0 < 64; k0++) {
        const weightAt = n0Start + k0 * 784;
        for (let n0 = 0; n0 < 112; n0++) {
          right[k0 + n0 * 64] = weight[weightAt + n0];
        }
      }
    }
    for (let m0Start = 0; m0Start < batch; m0Start += 72) {
      const m0Count = Math.min(72, batch - m0Start);
      sums.fill(0, 0, m0Count * 112);
      const t0At = m0Start * 64;
      for (let i = 0; i < 64 * m0Count; i++) {
        left[i] = t0[t0At + i];
      }
      if (batch < 4) {
        for (let row = 0; row < m0Count; row++) {
          stridedDots(weight, n0Start, 1, 784, 112, 64, row * 64, row * 112);
        }
      } else {
        multiply(m0Count, 112, 64, 64, 112);
      }
      const resultAt = n0Start + m0Start * 784;
      for (let m0 = 0; m0 < m0Count; m0++) {
        const sumsAt = m0 * 112;
        const resultAt2 = resultAt + m0 * 784;
        for (let n0 = 0; n0 < 112; n0++) {
          result[resultAt2 + n0] = sigmoid(sums[sumsAt + n0] + bias[n0Start + n0]);
        }
      }
    }
  }
}

function contract2cbee01c58(t0, weight, bias, x, t4, batch) {
  const sums = sumsPanel;
  const right = rightPanel;
  const left = leftPanel;
  for (let n0Start = 0; n0Start < 784; n0Start += 112) {
    if (batch >= 4) {
      for (let k0 = 0; k0 < 64; k0++) {
        const weightAt = n0Start + k0 * 784;
        for (let n0 = 0; n0 < 112; n0++) {
          right[k0 + n0 * 64] = weight[weightAt + n0];
        }
      }
    }
    for (let m0Start = 0; m0Start < batch; m0Start += 72) {
      const m0Count = Math.min(72, batch - m0Start);
      sums.fill(0, 0, m0Count * 112);
      const t0At = m0Start * 64;
      for (let i = 0; i < 64 * m0Count; i++) {
        left[i] = t0[t0At + i];
      }
      if (batch < 4) {
        for (let row = 0; row < m0Count; row++) {
          stridedDots(weight, n0Start, 1, 784, 112, 64, row * 64, row * 112);
        }
      } else {
        multiply(m0Count, 112, 64, 64, 112);
      }
      const xAt = n0Start + m0Start * 784;
      for (let m0 = 0; m0 < m0Count; m0++) {
        const sumsAt = m0 * 112;
        const xAt2 = xAt + m0 * 784;
        for (let n0 = 0; n0 < 112; n0++) {
          const xAt3 = xAt2 + n0;
          const difference = sigmoid(sums[sumsAt + n0] + bias[n0Start + n0]) - x[xAt3];
          t4[xAt3] = difference * difference;
        }
      }
    }
  }
}

function reduceCfe6f64d60(t0, loss, batch) {
  const size = 784 * batch;
  let sum00 = 0;
  let sum01 = 0;
  let sum02 = 0;
  let sum03 = 0;
  let j0 = 0;
  for (; j0 < size - 3; j0 += 4) {
    sum00 += t0[j0];
    sum01 += t0[j0 + 1];
    sum02 += t0[j0 + 2];
    sum03 += t0[j0 + 3];
  }
  for (; j0 < size; j0++) {
    sum00 += t0[j0];
  }
  const sum0 = sum00 + sum01 + sum02 + sum03;
  loss[0] = sum0 / size;
}

function contract3ad243de4f(x, weight, bias, t3, t4, batch) {
  const sums = sumsPanel;
  const left = leftPanel;
  const right = rightPanel;
  for (let m0Start = 0; m0Start < batch; m0Start += 80) {
    const m0Count = Math.min(80, batch - m0Start);
    sums.fill(0, 0, m0Count * 64);
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
          dots(weight, k0Start, 784, 64, 196, row * 196, row * 64);
        }
      } else {
        for (let n0 = 0; n0 < 64; n0++) {
          const weightAt = k0Start + n0 * 784;
          const rightAt = n0 * 196;
          for (let k0 = 0; k0 < 196; k0++) {
            right[rightAt + k0] = weight[weightAt + k0];
          }
        }
        multiply(m0Count, 64, 196, 196, 64);
      }
    }
    const t3At = m0Start * 64;
    for (let m0 = 0; m0 < m0Count; m0++) {
      const sumsAt = m0 * 64;
      const t3At2 = t3At + m0 * 64;
      for (let n0 = 0; n0 < 64; n0++) {
        const sum = sums[sumsAt + n0] + bias[n0];
        const t3At3 = t3At2 + n0;
        t3[t3At3] = sum;
        t4[t3At3] = sum <= 0 ? 0 : sum;
      }
    }
  }
}

function contractEa09c356b9(t0, weight, bias, x, t4, t5, batch) {
  const sums = sumsPanel;
  const right = rightPanel;
  const left = leftPanel;
  const size = 784 * batch;
  const quotient = 1 / size;
  for (let n0Start = 0; n0Start < 784; n0Start += 112) {
    if (batch >= 4) {
      for (let k0 = 0; k0 < 64; k0++) {
        const weightAt = n0Start + k0 * 784;
        for (let n0 = 0; n0 < 112; n0++) {
          right[k0 + n0 * 64] = weight[weightAt + n0];
        }
      }
    }
    for (let m0Start = 0; m0Start < batch; m0Start += 72) {
      const m0Count = Math.min(72, batch - m0Start);
      sums.fill(0, 0, m0Count * 112);
      const t0At = m0Start * 64;
      for (let i = 0; i < 64 * m0Count; i++) {
        left[i] = t0[t0At + i];
      }
      if (batch < 4) {
        for (let row = 0; row < m0Count; row++) {
          stridedDots(weight, n0Start, 1, 784, 112, 64, row * 64, row * 112);
        }
      } else {
        multiply(m0Count, 112, 64, 64, 112);
      }
      const t4At = n0Start + m0Start * 784;
      for (let m0 = 0; m0 < m0Count; m0++) {
        const sumsAt = m0 * 112;
        const t4At2 = t4At + m0 * 784;
        for (let n0 = 0; n0 < 112; n0++) {
          const sigmoid2 = sigmoid(sums[sumsAt + n0] + bias[n0Start + n0]);
          const t4At3 = t4At2 + n0;
          t4[t4At3] = sigmoid2;
          const product = quotient * (sigmoid2 - x[t4At3]);
          t5[t4At3] = (product + product) * (sigmoid2 * (1 - sigmoid2));
        }
      }
    }
  }
}

function contract0b960231bf(t0, weight, t2, batch) {
  const sums = sumsPanel;
  const left = leftPanel;
  const right = rightPanel;
  for (let m0Start = 0; m0Start < batch; m0Start += 80) {
    const m0Count = Math.min(80, batch - m0Start);
    sums.fill(0, 0, m0Count * 64);
    const t0At = m0Start * 784;
    for (let k0Start = 0; k0Start < 784; k0Start += 196) {
      const t0At2 = t0At + k0Start;
      for (let m0 = 0; m0 < m0Count; m0++) {
        const t0At3 = t0At2 + m0 * 784;
        const leftAt = m0 * 196;
        for (let k0 = 0; k0 < 196; k0++) {
          left[leftAt + k0] = t0[t0At3 + k0];
        }
      }
      if (batch < 4) {
        for (let row = 0; row < m0Count; row++) {
          dots(weight, k0Start, 784, 64, 196, row * 196, row * 64);
        }
      } else {
        for (let n0 = 0; n0 < 64; n0++) {
          const weightAt = k0Start + n0 * 784;
          const rightAt = n0 * 196;
          for (let k0 = 0; k0 < 196; k0++) {
            right[rightAt + k0] = weight[weightAt + k0];
          }
        }
        multiply(m0Count, 64, 196, 196, 64);
      }
    }
    const t2At = m0Start * 64;
    for (let i = 0; i < 64 * m0Count; i++) {
      const t2At2 = t2At + i;
      t2[t2At2] = t2[t2At2] <= 0 ? 0 : sums[i];
    }
  }
}

function reduce2210ccc224(t0, x, t2, t3, loss, bias, bias6, batch) {
  const size = 784 * batch;
  const columns = columnsPanel;
  let sum0 = 0;
  for (let j0 = 0; j0 < size; j0++) {
    const difference = t0[j0] - x[j0];
    sum0 += difference * difference;
  }
  loss[0] = sum0 / size;
  columns.fill(0, 0, 784);
  for (let j1 = 0; j1 < batch; j1++) {
    const t2At = j1 * 784;
    for (let i0 = 0; i0 < 784; i0++) {
      columns[i0] += t2[t2At + i0];
    }
  }
  for (let i0 = 0; i0 < 784; i0++) {
    bias[i0] = columns[i0];
  }
  columns.fill(0, 0, 64);
  for (let j2 = 0; j2 < batch; j2++) {
    const t3At = j2 * 64;
    for (let i1 = 0; i1 < 64; i1++) {
      columns[i1] += t3[t3At + i1];
    }
  }
  for (let i1 = 0; i1 < 64; i1++) {
    bias6[i1] = columns[i1];
  }
}

function contract99cd6c5118(t0, t1, t2, batch) {
  const sums = sumsPanel;
  const left = leftPanel;
  const right = rightPanel;
  for (let m0Start = 0; m0Start < 784; m0Start += 64) {
    const m0Count = Math.min(64, 784 - m0Start);
    sums.fill(0, 0, m0Count * 64);
    for (let k0Start = 0; k0Start < batch; k0Start += 256) {
      const k0Count = Math.min(256, batch - k0Start);
      const t0At = m0Start + k0Start * 784;
      for (let k0 = 0; k0 < k0Count; k0++) {
        const t0At2 = t0At + k0 * 784;
        for (let m0 = 0; m0 < m0Count; m0++) {
          left[k0 + m0 * 256] = t0[t0At2 + m0];
        }
      }
      const t1At = k0Start * 64;
      for (let k0 = 0; k0 < k0Count; k0++) {
        const t1At2 = t1At + k0 * 64;
        for (let n0 = 0; n0 < 64; n0++) {
          right[k0 + n0 * 256] = t1[t1At2 + n0];
        }
      }
      multiply(m0Count, 64, k0Count, 256, 64);
    }
    const t2At = m0Start * 64;
    for (let i = 0; i < 64 * m0Count; i++) {
      t2[t2At + i] = sums[i];
    }
  }
}

function contractAfe7780a1c(t0, x, t2, weight, batch) {
  const sums = sumsPanel;
  const left = leftPanel;
  const right = rightPanel;
  for (let n0Start = 0; n0Start < 784; n0Start += 64) {
    const n0Count = Math.min(64, 784 - n0Start);
    sums.fill(0, 0, n0Count * 64);
    for (let k0Start = 0; k0Start < batch; k0Start += 256) {
      const k0Count = Math.min(256, batch - k0Start);
      const xAt = n0Start + k0Start * 784;
      for (let k0 = 0; k0 < k0Count; k0++) {
        const xAt2 = xAt + k0 * 784;
        for (let n0 = 0; n0 < n0Count; n0++) {
          left[k0 + n0 * 256] = x[xAt2 + n0];
        }
      }
      const t0At = k0Start * 64;
      for (let k0 = 0; k0 < k0Count; k0++) {
        const t0At2 = t0At + k0 * 64;
        for (let m0 = 0; m0 < 64; m0++) {
          right[k0 + m0 * 256] = t0[t0At2 + m0];
        }
      }
      multiply(n0Count, 64, k0Count, 256, 64);
    }
    const t2At = n0Start * 64;
    for (let m0 = 0; m0 < 64; m0++) {
      const t2At2 = t2At + m0;
      const weightAt = n0Start + m0 * 784;
      for (let n0 = 0; n0 < n0Count; n0++) {
        weight[weightAt + n0] = t2[t2At2 + n0 * 64] + sums[m0 + n0 * 64];
      }
    }
  }
}

function mapReduce48a9eb2bbb(t0, x, step, step3, loss, step5, batch) {
  const size = 784 * batch;
  step[0] = step[0] + 1;
  step3[0] = step3[0] + 1;
  let sum0 = 0;
  for (let j0 = 0; j0 < size; j0++) {
    const difference = t0[j0] - x[j0];
    sum0 += difference * difference;
  }
  loss[0] = sum0 / size;
  step5[0] = step5[0] + 1;
}

function reduce91cca315d1(t0, lr, step, t3, step4, bias, expAvg, expAvgSq, bias8, expAvg9, expAvgSq10, batch) {
  const columns = columnsPanel;
  const stepValue = step[0];
  const quotient = lr[0] / -Math.expm1(stepValue * -0.10536051541566849);
  const sqrt = Math.sqrt(-Math.expm1(stepValue * -0.0010005002841353416));
  const step4Value = step4[0];
  const quotient2 = lr[0] / -Math.expm1(step4Value * -0.10536051541566849);
  const sqrt2 = Math.sqrt(-Math.expm1(step4Value * -0.0010005002841353416));
  columns.fill(0, 0, 784);
  for (let j0 = 0; j0 < batch; j0++) {
    const t0At = j0 * 784;
    for (let i0 = 0; i0 < 784; i0++) {
      columns[i0] += t0[t0At + i0];
    }
  }
  for (let i0 = 0; i0 < 784; i0++) {
    const columnsValue = columns[i0];
    const sum = expAvg[i0] * 0.8999999761581421 + columnsValue * 0.10000000149011612;
    const sum2 = expAvgSq[i0] * 0.9990000128746033 + columnsValue * columnsValue * 0.0010000000474974513;
    bias[i0] = bias[i0] - quotient * (sum / (Math.sqrt(sum2) / sqrt + 9.99999993922529e-9));
    expAvg[i0] = sum;
    expAvgSq[i0] = sum2;
  }
  columns.fill(0, 0, 64);
  for (let j1 = 0; j1 < batch; j1++) {
    const t3At = j1 * 64;
    for (let i1 = 0; i1 < 64; i1++) {
      columns[i1] += t3[t3At + i1];
    }
  }
  for (let i1 = 0; i1 < 64; i1++) {
    const columnsValue = columns[i1];
    const sum = expAvg9[i1] * 0.8999999761581421 + columnsValue * 0.10000000149011612;
    const sum2 = expAvgSq10[i1] * 0.9990000128746033 + columnsValue * columnsValue * 0.0010000000474974513;
    bias8[i1] = bias8[i1] - quotient2 * (sum / (Math.sqrt(sum2) / sqrt2 + 9.99999993922529e-9));
    expAvg9[i1] = sum;
    expAvgSq10[i1] = sum2;
  }
}

function contract0a63098916(t0, x, lr, step, t4, weight, expAvg, expAvgSq, batch) {
  const sums = sumsPanel;
  const left = leftPanel;
  const right = rightPanel;
  const stepValue = step[0];
  const quotient = lr[0] / -Math.expm1(stepValue * -0.10536051541566849);
  const sqrt = Math.sqrt(-Math.expm1(stepValue * -0.0010005002841353416));
  for (let n0Start = 0; n0Start < 784; n0Start += 64) {
    const n0Count = Math.min(64, 784 - n0Start);
    sums.fill(0, 0, n0Count * 64);
    for (let k0Start = 0; k0Start < batch; k0Start += 256) {
      const k0Count = Math.min(256, batch - k0Start);
      const xAt = n0Start + k0Start * 784;
      for (let k0 = 0; k0 < k0Count; k0++) {
        const xAt2 = xAt + k0 * 784;
        for (let n0 = 0; n0 < n0Count; n0++) {
          left[k0 + n0 * 256] = x[xAt2 + n0];
        }
      }
      const t0At = k0Start * 64;
      for (let k0 = 0; k0 < k0Count; k0++) {
        const t0At2 = t0At + k0 * 64;
        for (let m0 = 0; m0 < 64; m0++) {
          right[k0 + m0 * 256] = t0[t0At2 + m0];
        }
      }
      multiply(n0Count, 64, k0Count, 256, 64);
    }
    const t4At = n0Start * 64;
    for (let m0 = 0; m0 < 64; m0++) {
      const weightAt = n0Start + m0 * 784;
      const t4At2 = t4At + m0;
      for (let n0 = 0; n0 < n0Count; n0++) {
        const weightAt2 = weightAt + n0;
        const sum = t4[t4At2 + n0 * 64] + sums[m0 + n0 * 64];
        const sum2 = expAvg[weightAt2] * 0.8999999761581421 + sum * 0.10000000149011612;
        const sum3 = expAvgSq[weightAt2] * 0.9990000128746033 + sum * sum * 0.0010000000474974513;
        weight[weightAt2] = weight[weightAt2] - quotient * (sum2 / (Math.sqrt(sum3) / sqrt + 9.99999993922529e-9));
        expAvg[weightAt2] = sum2;
        expAvgSq[weightAt2] = sum3;
      }
    }
  }
}
