function map1d6d4296e8(rng, weight, bias, weight3, bias4, weight5, bias6) {
  for (let i0 = 0; i0 < 65536; i0++) {
    weight[i0] = random(rng, i0, 2) * 0.125 + -0.0625;
  }
  for (let i1 = 0; i1 < 256; i1++) {
    bias[i1] = random(rng, i1, 3) * 0.125 + -0.0625;
  }
  for (let i2 = 0; i2 < 200704; i2++) {
    weight3[i2] = random(rng, i2, 0) * 0.0714285746216774 + -0.0357142873108387;
  }
  for (let i3 = 0; i3 < 256; i3++) {
    bias4[i3] = random(rng, i3, 1) * 0.0714285746216774 + -0.0357142873108387;
  }
  for (let i4 = 0; i4 < 2560; i4++) {
    weight5[i4] = random(rng, i4, 4) * 0.125 + -0.0625;
  }
  for (let i5 = 0; i5 < 10; i5++) {
    bias6[i5] = random(rng, i5, 5) * 0.125 + -0.0625;
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

function contractD6ac4c3b82(t0, weight, bias, t3, batch) {
  const sums = sumsPanel;
  const right = rightPanel;
  const left = leftPanel;
  for (let n0Start = 0; n0Start < 256; n0Start += 128) {
    const weightAt = n0Start * 256;
    if (batch >= 4) {
      for (let i = 0; i < 32768; i++) {
        right[i] = weight[weightAt + i];
      }
    }
    for (let m0Start = 0; m0Start < batch; m0Start += 64) {
      const m0Count = Math.min(64, batch - m0Start);
      sums.fill(0, 0, m0Count * 128);
      const t0At = m0Start * 256;
      for (let i = 0; i < 256 * m0Count; i++) {
        left[i] = t0[t0At + i];
      }
      if (batch < 4) {
        for (let row = 0; row < m0Count; row++) {
          dots(weight, weightAt, 256, 128, 256, row * 256, row * 128);
        }
      } else {
        multiply(m0Count, 128, 256, 256, 128);
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

function contract9d5bf11865(x, weight, bias, rng, t4, t5, t6, batch) {
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
      const t4At = n0Start + m0Start * 256;
      for (let m0 = 0; m0 < m0Count; m0++) {
        const sumsAt = m0 * 128;
        const t4At2 = t4At + m0 * 256;
        for (let n0 = 0; n0 < 128; n0++) {
          const sum = sums[sumsAt + n0] + bias[n0Start + n0];
          const t4At3 = t4At2 + n0;
          t4[t4At3] = sum;
          const ge = random(rng, t4At3, 0) >= 0.20000000298023224;
          t5[t4At3] = ge ? 1 : 0;
          t6[t4At3] = ge ? (sum <= 0 ? 0 : sum) * 1.25 : 0;
        }
      }
    }
  }
}

function contract646cfcf65b(t0, weight, bias, rng, t4, t5, t6, batch) {
  const sums = sumsPanel;
  const right = rightPanel;
  const left = leftPanel;
  for (let n0Start = 0; n0Start < 256; n0Start += 128) {
    const weightAt = n0Start * 256;
    if (batch >= 4) {
      for (let i = 0; i < 32768; i++) {
        right[i] = weight[weightAt + i];
      }
    }
    for (let m0Start = 0; m0Start < batch; m0Start += 64) {
      const m0Count = Math.min(64, batch - m0Start);
      sums.fill(0, 0, m0Count * 128);
      const t0At = m0Start * 256;
      for (let i = 0; i < 256 * m0Count; i++) {
        left[i] = t0[t0At + i];
      }
      if (batch < 4) {
        for (let row = 0; row < m0Count; row++) {
          dots(weight, weightAt, 256, 128, 256, row * 256, row * 128);
        }
      } else {
        multiply(m0Count, 128, 256, 256, 128);
      }
      const t4At = n0Start + m0Start * 256;
      for (let m0 = 0; m0 < m0Count; m0++) {
        const sumsAt = m0 * 128;
        const t4At2 = t4At + m0 * 256;
        for (let n0 = 0; n0 < 128; n0++) {
          const sum = sums[sumsAt + n0] + bias[n0Start + n0];
          const t4At3 = t4At2 + n0;
          t4[t4At3] = sum;
          const ge = random(rng, t4At3, 1) >= 0.5;
          t5[t4At3] = ge ? 1 : 0;
          t6[t4At3] = ge ? (sum <= 0 ? 0 : sum) * 2 : 0;
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

function contractA4f812c2f4(t0, weight, t2, t3, batch) {
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
      const t3At = n0Start + m0Start * 256;
      for (let m0 = 0; m0 < m0Count; m0++) {
        const t3At2 = t3At + m0 * 256;
        const sumsAt = m0 * 128;
        for (let n0 = 0; n0 < 128; n0++) {
          const t3At3 = t3At2 + n0;
          t3[t3At3] = t3[t3At3] <= 0 ? 0 : (t2[t3At3] ? sums[sumsAt + n0] : 0) * 2;
        }
      }
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

function contract2b79ed08f9(t0, weight, t2, t3, batch) {
  const sums = sumsPanel;
  const right = rightPanel;
  const left = leftPanel;
  for (let n0Start = 0; n0Start < 256; n0Start += 128) {
    if (batch >= 4) {
      for (let k0 = 0; k0 < 256; k0++) {
        const weightAt = n0Start + k0 * 256;
        for (let n0 = 0; n0 < 128; n0++) {
          right[k0 + n0 * 256] = weight[weightAt + n0];
        }
      }
    }
    for (let m0Start = 0; m0Start < batch; m0Start += 64) {
      const m0Count = Math.min(64, batch - m0Start);
      sums.fill(0, 0, m0Count * 128);
      const t0At = m0Start * 256;
      for (let i = 0; i < 256 * m0Count; i++) {
        left[i] = t0[t0At + i];
      }
      if (batch < 4) {
        for (let row = 0; row < m0Count; row++) {
          stridedDots(weight, n0Start, 1, 256, 128, 256, row * 256, row * 128);
        }
      } else {
        multiply(m0Count, 128, 256, 256, 128);
      }
      const t3At = n0Start + m0Start * 256;
      for (let m0 = 0; m0 < m0Count; m0++) {
        const t3At2 = t3At + m0 * 256;
        const sumsAt = m0 * 128;
        for (let n0 = 0; n0 < 128; n0++) {
          const t3At3 = t3At2 + n0;
          t3[t3At3] = t3[t3At3] <= 0 ? 0 : (t2[t3At3] ? sums[sumsAt + n0] : 0) * 1.25;
        }
      }
    }
  }
}

function contract103b789bdf(t0, t1, weight, batch) {
  const sums = sumsPanel;
  const left = leftPanel;
  const right = rightPanel;
  for (let n0Start = 0; n0Start < 256; n0Start += 128) {
    for (let m0Start = 0; m0Start < 256; m0Start += 64) {
      sums.fill(0, 0, 8192);
      for (let k0Start = 0; k0Start < batch; k0Start += 256) {
        const k0Count = Math.min(256, batch - k0Start);
        const t0At = m0Start + k0Start * 256;
        for (let k0 = 0; k0 < k0Count; k0++) {
          const t0At2 = t0At + k0 * 256;
          for (let m0 = 0; m0 < 64; m0++) {
            left[k0 + m0 * 256] = t0[t0At2 + m0];
          }
        }
        const t1At = n0Start + k0Start * 256;
        for (let k0 = 0; k0 < k0Count; k0++) {
          const t1At2 = t1At + k0 * 256;
          for (let n0 = 0; n0 < 128; n0++) {
            right[k0 + n0 * 256] = t1[t1At2 + n0];
          }
        }
        multiply(64, 128, k0Count, 256, 128);
      }
      const weightAt = n0Start + m0Start * 256;
      for (let m0 = 0; m0 < 64; m0++) {
        const sumsAt = m0 * 128;
        const weightAt2 = weightAt + m0 * 256;
        for (let n0 = 0; n0 < 128; n0++) {
          weight[weightAt2 + n0] = sums[sumsAt + n0];
        }
      }
    }
  }
}

function reduce5414289a0b(t0, t1, t2, t3, t4, bias, bias6, loss, bias8, batch) {
  const columns = columnsPanel;
  const t3Value = t3[0];
  columns.fill(0, 0, 256);
  for (let j0 = 0; j0 < batch; j0++) {
    const t0At = j0 * 256;
    for (let i0 = 0; i0 < 256; i0++) {
      columns[i0] += t0[t0At + i0];
    }
  }
  for (let i0 = 0; i0 < 256; i0++) {
    bias[i0] = columns[i0];
  }
  columns.fill(0, 0, 256);
  for (let j1 = 0; j1 < batch; j1++) {
    const t1At = j1 * 256;
    for (let i1 = 0; i1 < 256; i1++) {
      columns[i1] += t1[t1At + i1];
    }
  }
  for (let i1 = 0; i1 < 256; i1++) {
    bias6[i1] = columns[i1];
  }
  let sum20 = 0;
  let sum21 = 0;
  let sum22 = 0;
  let sum23 = 0;
  let j2 = 0;
  for (; j2 < batch - 3; j2 += 4) {
    sum20 += t2[j2];
    sum21 += t2[j2 + 1];
    sum22 += t2[j2 + 2];
    sum23 += t2[j2 + 3];
  }
  for (; j2 < batch; j2++) {
    sum20 += t2[j2];
  }
  const sum2 = sum20 + sum21 + sum22 + sum23;
  loss[0] = sum2 / t3Value;
  columns.fill(0, 0, 10);
  for (let j3 = 0; j3 < batch; j3++) {
    const t4At = j3 * 10;
    for (let i2 = 0; i2 < 10; i2++) {
      columns[i2] += t4[t4At + i2];
    }
  }
  for (let i2 = 0; i2 < 10; i2++) {
    bias8[i2] = columns[i2];
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

function contract81eb3f5ecb(t0, t1, lr, weight, batch) {
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
        weight[weightAt2] = weight[weightAt2] - sums[m0 + n0 * 10] * lrValue;
      }
    }
  }
}

function contract30adbbb20b(t0, t1, lr, weight, batch) {
  const sums = sumsPanel;
  const left = leftPanel;
  const right = rightPanel;
  const lrValue = lr[0];
  for (let n0Start = 0; n0Start < 256; n0Start += 128) {
    for (let m0Start = 0; m0Start < 256; m0Start += 64) {
      sums.fill(0, 0, 8192);
      for (let k0Start = 0; k0Start < batch; k0Start += 256) {
        const k0Count = Math.min(256, batch - k0Start);
        const t0At = m0Start + k0Start * 256;
        for (let k0 = 0; k0 < k0Count; k0++) {
          const t0At2 = t0At + k0 * 256;
          for (let m0 = 0; m0 < 64; m0++) {
            left[k0 + m0 * 256] = t0[t0At2 + m0];
          }
        }
        const t1At = n0Start + k0Start * 256;
        for (let k0 = 0; k0 < k0Count; k0++) {
          const t1At2 = t1At + k0 * 256;
          for (let n0 = 0; n0 < 128; n0++) {
            right[k0 + n0 * 256] = t1[t1At2 + n0];
          }
        }
        multiply(64, 128, k0Count, 256, 128);
      }
      const weightAt = n0Start + m0Start * 256;
      for (let m0 = 0; m0 < 64; m0++) {
        const weightAt2 = weightAt + m0 * 256;
        const sumsAt = m0 * 128;
        for (let n0 = 0; n0 < 128; n0++) {
          const weightAt3 = weightAt2 + n0;
          weight[weightAt3] = weight[weightAt3] - sums[sumsAt + n0] * lrValue;
        }
      }
    }
  }
}

function reduceF41717c0ba(t0, lr, t2, t3, t4, t5, bias, bias7, bias8, loss, batch) {
  const columns = columnsPanel;
  const lrValue = lr[0];
  const t5Value = t5[0];
  columns.fill(0, 0, 10);
  for (let j0 = 0; j0 < batch; j0++) {
    const t0At = j0 * 10;
    for (let i0 = 0; i0 < 10; i0++) {
      columns[i0] += t0[t0At + i0];
    }
  }
  for (let i0 = 0; i0 < 10; i0++) {
    bias[i0] = bias[i0] - columns[i0] * lrValue;
  }
  columns.fill(0, 0, 256);
  for (let j1 = 0; j1 < batch; j1++) {
    const t2At = j1 * 256;
    for (let i1 = 0; i1 < 256; i1++) {
      columns[i1] += t2[t2At + i1];
    }
  }
  for (let i1 = 0; i1 < 256; i1++) {
    bias7[i1] = bias7[i1] - columns[i1] * lrValue;
  }
  columns.fill(0, 0, 256);
  for (let j2 = 0; j2 < batch; j2++) {
    const t3At = j2 * 256;
    for (let i2 = 0; i2 < 256; i2++) {
      columns[i2] += t3[t3At + i2];
    }
  }
  for (let i2 = 0; i2 < 256; i2++) {
    bias8[i2] = bias8[i2] - columns[i2] * lrValue;
  }
  let sum30 = 0;
  let sum31 = 0;
  let sum32 = 0;
  let sum33 = 0;
  let j3 = 0;
  for (; j3 < batch - 3; j3 += 4) {
    sum30 += t4[j3];
    sum31 += t4[j3 + 1];
    sum32 += t4[j3 + 2];
    sum33 += t4[j3 + 3];
  }
  for (; j3 < batch; j3++) {
    sum30 += t4[j3];
  }
  const sum3 = sum30 + sum31 + sum32 + sum33;
  loss[0] = sum3 / t5Value;
}

function contractB496b61825(t0, x, lr, weight, batch) {
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
          weight[weightAt4] = weight[weightAt4] - sums[m0 + n0 * 128] * lrValue;
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
