function mapEf600d5e4d(rng, weight, bias, weight3, bias4) {
  for (let i0 = 0; i0 < 2560; i0++) {
    weight[i0] = random(rng, i0, 2) * 0.125 + -0.0625;
  }
  for (let i1 = 0; i1 < 10; i1++) {
    bias[i1] = random(rng, i1, 3) * 0.125 + -0.0625;
  }
  for (let i2 = 0; i2 < 200704; i2++) {
    weight3[i2] = random(rng, i2, 0) * 0.0714285746216774 + -0.0357142873108387;
  }
  for (let i3 = 0; i3 < 256; i3++) {
    bias4[i3] = random(rng, i3, 1) * 0.0714285746216774 + -0.0357142873108387;
  }
}

function contract3a1abeed2a(x, weight, bias, t3, batch) {
  const sums = sumsPanel;
  const left = leftPanel;
  const right = rightPanel;
  for (let n0Start = 0; n0Start < 256; n0Start += 128) {
    const at = n0Start * 784;
    for (let m0Start = 0; m0Start < batch; m0Start += 64) {
      const m0Count = Math.min(64, batch - m0Start);
      sums.fill(0, 0, m0Count * 128);
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
        const at2 = at + k0Start;
        if (batch < 4) {
          for (let row = 0; row < m0Count; row++) {
            dots(weight, at2, 784, 128, 196, row * 196, row * 128);
          }
        } else {
          for (let n0 = 0; n0 < 128; n0++) {
            const weightAt = at2 + n0 * 784;
            const rightAt = n0 * 196;
            for (let k0 = 0; k0 < 196; k0++) {
              right[rightAt + k0] = weight[weightAt + k0];
            }
          }
          multiply(m0Count, 128, 196, 196, 128);
        }
      }
      const t3At = n0Start + m0Start * 256;
      for (let m0 = 0; m0 < m0Count; m0++) {
        const sumsAt = m0 * 128;
        const t3At2 = t3At + m0 * 256;
        for (let n0 = 0; n0 < 128; n0++) {
          const sum = sums[sumsAt + n0] + bias[n0Start + n0];
          t3[t3At2 + n0] = sum <= 0 ? 0 : sum;
        }
      }
    }
  }
}

function contractD3f41ae5ef(t0, weight, bias, result, batch) {
  const sums = sumsPanel;
  const right = rightPanel;
  const left = leftPanel;
  if (batch >= 4) {
    for (let i = 0; i < 2560; i++) {
      right[i] = weight[i];
    }
  }
  for (let m0Start = 0; m0Start < batch; m0Start += 64) {
    const m0Count = Math.min(64, batch - m0Start);
    sums.fill(0, 0, m0Count * 10);
    const t0At = m0Start * 256;
    for (let i = 0; i < 256 * m0Count; i++) {
      left[i] = t0[t0At + i];
    }
    if (batch < 4) {
      for (let row = 0; row < m0Count; row++) {
        dots(weight, 0, 256, 10, 256, row * 256, row * 10);
      }
    } else {
      multiply(m0Count, 10, 256, 256, 10);
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

function contractB6ef888260(x, weight, bias, t3, t4, batch) {
  const sums = sumsPanel;
  const left = leftPanel;
  const right = rightPanel;
  for (let n0Start = 0; n0Start < 256; n0Start += 128) {
    const at = n0Start * 784;
    for (let m0Start = 0; m0Start < batch; m0Start += 64) {
      const m0Count = Math.min(64, batch - m0Start);
      sums.fill(0, 0, m0Count * 128);
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
        const at2 = at + k0Start;
        if (batch < 4) {
          for (let row = 0; row < m0Count; row++) {
            dots(weight, at2, 784, 128, 196, row * 196, row * 128);
          }
        } else {
          for (let n0 = 0; n0 < 128; n0++) {
            const weightAt = at2 + n0 * 784;
            const rightAt = n0 * 196;
            for (let k0 = 0; k0 < 196; k0++) {
              right[rightAt + k0] = weight[weightAt + k0];
            }
          }
          multiply(m0Count, 128, 196, 196, 128);
        }
      }
      const t3At = n0Start + m0Start * 256;
      for (let m0 = 0; m0 < m0Count; m0++) {
        const sumsAt = m0 * 128;
        const t3At2 = t3At + m0 * 256;
        for (let n0 = 0; n0 < 128; n0++) {
          const sum = sums[sumsAt + n0] + bias[n0Start + n0];
          const t3At3 = t3At2 + n0;
          t3[t3At3] = sum;
          t4[t3At3] = sum <= 0 ? 0 : sum;
        }
      }
    }
  }
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

function contract38f2edb9fa(t0, t1, weight, batch) {
  const sums = sumsPanel;
  const left = leftPanel;
  const right = rightPanel;
  for (let n0Start = 0; n0Start < 256; n0Start += 64) {
    sums.fill(0, 0, 640);
    for (let k0Start = 0; k0Start < batch; k0Start += 256) {
      const k0Count = Math.min(256, batch - k0Start);
      const t1At = n0Start + k0Start * 256;
      for (let k0 = 0; k0 < k0Count; k0++) {
        const t1At2 = t1At + k0 * 256;
        for (let n0 = 0; n0 < 64; n0++) {
          left[k0 + n0 * 256] = t1[t1At2 + n0];
        }
      }
      const t0At = k0Start * 10;
      for (let k0 = 0; k0 < k0Count; k0++) {
        const t0At2 = t0At + k0 * 10;
        for (let m0 = 0; m0 < 10; m0++) {
          right[k0 + m0 * 256] = t0[t0At2 + m0];
        }
      }
      multiply(64, 10, k0Count, 256, 10);
    }
    for (let m0 = 0; m0 < 10; m0++) {
      const weightAt = n0Start + m0 * 256;
      for (let n0 = 0; n0 < 64; n0++) {
        weight[weightAt + n0] = sums[m0 + n0 * 10];
      }
    }
  }
}

function contract77286a2ba0(t0, weight, t2, batch) {
  const sums = sumsPanel;
  const right = rightPanel;
  const left = leftPanel;
  for (let n0Start = 0; n0Start < 256; n0Start += 128) {
    if (batch >= 4) {
      for (let k0 = 0; k0 < 10; k0++) {
        const weightAt = n0Start + k0 * 256;
        for (let n0 = 0; n0 < 128; n0++) {
          right[k0 + n0 * 10] = weight[weightAt + n0];
        }
      }
    }
    for (let m0Start = 0; m0Start < batch; m0Start += 64) {
      const m0Count = Math.min(64, batch - m0Start);
      sums.fill(0, 0, m0Count * 128);
      const t0At = m0Start * 10;
      for (let i = 0; i < 10 * m0Count; i++) {
        left[i] = t0[t0At + i];
      }
      if (batch < 4) {
        for (let row = 0; row < m0Count; row++) {
          stridedDots(weight, n0Start, 1, 256, 128, 10, row * 10, row * 128);
        }
      } else {
        multiply(m0Count, 128, 10, 10, 128);
      }
      const t2At = n0Start + m0Start * 256;
      for (let m0 = 0; m0 < m0Count; m0++) {
        const t2At2 = t2At + m0 * 256;
        const sumsAt = m0 * 128;
        for (let n0 = 0; n0 < 128; n0++) {
          const t2At3 = t2At2 + n0;
          t2[t2At3] = t2[t2At3] <= 0 ? 0 : sums[sumsAt + n0];
        }
      }
    }
  }
}

function reduce471ce7cedf(t0, t1, t2, t3, loss, bias, bias6, batch) {
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
  columns.fill(0, 0, 256);
  for (let j2 = 0; j2 < batch; j2++) {
    const t3At = j2 * 256;
    for (let i1 = 0; i1 < 256; i1++) {
      columns[i1] += t3[t3At + i1];
    }
  }
  for (let i1 = 0; i1 < 256; i1++) {
    bias6[i1] = columns[i1];
  }
}

function contract3523f7b3dc(t0, x, weight, batch) {
  const sums = sumsPanel;
  const left = leftPanel;
  const right = rightPanel;
  for (let m0Start = 0; m0Start < 256; m0Start += 128) {
    const weightAt = m0Start * 784;
    for (let n0Start = 0; n0Start < 784; n0Start += 64) {
      const n0Count = Math.min(64, 784 - n0Start);
      sums.fill(0, 0, n0Count * 128);
      for (let k0Start = 0; k0Start < batch; k0Start += 256) {
        const k0Count = Math.min(256, batch - k0Start);
        const xAt = n0Start + k0Start * 784;
        for (let k0 = 0; k0 < k0Count; k0++) {
          const xAt2 = xAt + k0 * 784;
          for (let n0 = 0; n0 < n0Count; n0++) {
            left[k0 + n0 * 256] = x[xAt2 + n0];
          }
        }
        const t0At = m0Start + k0Start * 256;
        for (let k0 = 0; k0 < k0Count; k0++) {
          const t0At2 = t0At + k0 * 256;
          for (let m0 = 0; m0 < 128; m0++) {
            right[k0 + m0 * 256] = t0[t0At2 + m0];
          }
        }
        multiply(n0Count, 128, k0Count, 256, 128);
      }
      const weightAt2 = weightAt + n0Start;
      for (let m0 = 0; m0 < 128; m0++) {
        const weightAt3 = weightAt2 + m0 * 784;
        for (let n0 = 0; n0 < n0Count; n0++) {
          weight[weightAt3 + n0] = sums[m0 + n0 * 128];
        }
      }
    }
  }
}

function contract6e84d277db(t0, t1, lr, weight, momentumBuffer, batch) {
  const sums = sumsPanel;
  const left = leftPanel;
  const right = rightPanel;
  const lrValue = lr[0];
  for (let n0Start = 0; n0Start < 256; n0Start += 64) {
    sums.fill(0, 0, 640);
    for (let k0Start = 0; k0Start < batch; k0Start += 256) {
      const k0Count = Math.min(256, batch - k0Start);
      const t1At = n0Start + k0Start * 256;
      for (let k0 = 0; k0 < k0Count; k0++) {
        const t1At2 = t1At + k0 * 256;
        for (let n0 = 0; n0 < 64; n0++) {
          left[k0 + n0 * 256] = t1[t1At2 + n0];
        }
      }
      const t0At = k0Start * 10;
      for (let k0 = 0; k0 < k0Count; k0++) {
        const t0At2 = t0At + k0 * 10;
        for (let m0 = 0; m0 < 10; m0++) {
          right[k0 + m0 * 256] = t0[t0At2 + m0];
        }
      }
      multiply(64, 10, k0Count, 256, 10);
    }
    for (let m0 = 0; m0 < 10; m0++) {
      const weightAt = n0Start + m0 * 256;
      for (let n0 = 0; n0 < 64; n0++) {
        const weightAt2 = weightAt + n0;
        const sum = momentumBuffer[weightAt2] * 0.8999999761581421 + sums[m0 + n0 * 10];
        weight[weightAt2] = weight[weightAt2] - sum * lrValue;
        momentumBuffer[weightAt2] = sum;
      }
    }
  }
}

function reduceCb3f6be85d(t0, lr, t2, t3, t4, bias, momentumBuffer, bias7, momentumBuffer8, loss, batch) {
  const columns = columnsPanel;
  const lrValue = lr[0];
  const t4Value = t4[0];
  columns.fill(0, 0, 10);
  for (let j0 = 0; j0 < batch; j0++) {
    const t0At = j0 * 10;
    for (let i0 = 0; i0 < 10; i0++) {
      columns[i0] += t0[t0At + i0];
    }
  }
  for (let i0 = 0; i0 < 10; i0++) {
    const sum = momentumBuffer[i0] * 0.8999999761581421 + columns[i0];
    bias[i0] = bias[i0] - sum * lrValue;
    momentumBuffer[i0] = sum;
  }
  columns.fill(0, 0, 256);
  for (let j1 = 0; j1 < batch; j1++) {
    const t2At = j1 * 256;
    for (let i1 = 0; i1 < 256; i1++) {
      columns[i1] += t2[t2At + i1];
    }
  }
  for (let i1 = 0; i1 < 256; i1++) {
    const sum = momentumBuffer8[i1] * 0.8999999761581421 + columns[i1];
    bias7[i1] = bias7[i1] - sum * lrValue;
    momentumBuffer8[i1] = sum;
  }
  let sum20 = 0;
  let sum21 = 0;
  let sum22 = 0;
  let sum23 = 0;
  let j2 = 0;
  for (; j2 < batch - 3; j2 += 4) {
    sum20 += t3[j2];
    sum21 += t3[j2 + 1];
    sum22 += t3[j2 + 2];
    sum23 += t3[j2 + 3];
  }
  for (; j2 < batch; j2++) {
    sum20 += t3[j2];
  }
  const sum2 = sum20 + sum21 + sum22 + sum23;
  loss[0] = sum2 / t4Value;
}

function contract28053badc6(t0, x, lr, weight, momentumBuffer, batch) {
  const sums = sumsPanel;
  const left = leftPanel;
  const right = rightPanel;
  const lrValue = lr[0];
  for (let m0Start = 0; m0Start < 256; m0Start += 128) {
    const weightAt = m0Start * 784;
    for (let n0Start = 0; n0Start < 784; n0Start += 64) {
      const n0Count = Math.min(64, 784 - n0Start);
      sums.fill(0, 0, n0Count * 128);
      for (let k0Start = 0; k0Start < batch; k0Start += 256) {
        const k0Count = Math.min(256, batch - k0Start);
        const xAt = n0Start + k0Start * 784;
        for (let k0 = 0; k0 < k0Count; k0++) {
          const xAt2 = xAt + k0 * 784;
          for (let n0 = 0; n0 < n0Count; n0++) {
            left[k0 + n0 * 256] = x[xAt2 + n0];
          }
        }
        const t0At = m0Start + k0Start * 256;
        for (let k0 = 0; k0 < k0Count; k0++) {
          const t0At2 = t0At + k0 * 256;
          for (let m0 = 0; m0 < 128; m0++) {
            right[k0 + m0 * 256] = t0[t0At2 + m0];
          }
        }
        multiply(n0Count, 128, k0Count, 256, 128);
      }
      const weightAt2 = weightAt + n0Start;
      for (let m0 = 0; m0 < 128; m0++) {
        const weightAt3 = weightAt2 + m0 * 784;
        for (let n0 = 0; n0 < n0Count; n0++) {
          const weightAt4 = weightAt3 + n0;
          const sum = momentumBuffer[weightAt4] * 0.8999999761581421 + sums[m0 + n0 * 128];
          weight[weightAt4] = weight[weightAt4] - sum * lrValue;
          momentumBuffer[weightAt4] = sum;
        }
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
