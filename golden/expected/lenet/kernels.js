function map335ed124ea(rng, weight, weight2, bias, weight4) {
  for (let i0 = 0; i0 < 2400; i0++) {
    weight[i0] = random(rng, i0, 11) * 0.20889317989349365 + -0.10444658994674683;
  }
  for (let i1 = 0; i1 < 48000; i1++) {
    weight2[i1] = random(rng, i1, 12) * 0.21483446657657623 + -0.10741723328828812;
  }
  for (let i2 = 0; i2 < 10; i2++) {
    bias[i2] = random(rng, i2, 9) * 0.2182178944349289 + -0.10910894721746445;
  }
  for (let i3 = 0; i3 < 150; i3++) {
    weight4[i3] = random(rng, i3, 10) * 0.37032803893089294 + -0.18516401946544647;
  }
}

function mapA891787fb2(rng, bias, bias2, bias3, bias4, weight, weight6) {
  for (let i0 = 0; i0 < 120; i0++) {
    bias[i0] = random(rng, i0, 5) * 0.10000000149011612 + -0.05000000074505806;
  }
  for (let i1 = 0; i1 < 84; i1++) {
    bias2[i1] = random(rng, i1, 7) * 0.18257418274879456 + -0.09128709137439728;
  }
  for (let i2 = 0; i2 < 6; i2++) {
    bias3[i2] = random(rng, i2, 1) * 0.4000000059604645 + -0.20000000298023224;
  }
  for (let i3 = 0; i3 < 16; i3++) {
    bias4[i3] = random(rng, i3, 3) * 0.1632993221282959 + -0.08164966106414795;
  }
  for (let i4 = 0; i4 < 10080; i4++) {
    weight[i4] = random(rng, i4, 13) * 0.34299716353416443 + -0.17149858176708221;
  }
  for (let i5 = 0; i5 < 840; i5++) {
    weight6[i5] = random(rng, i5, 14) * 0.5052911639213562 + -0.2526455819606781;
  }
}

function mapDda6838d00(x, t1, batch) {
  for (let i0 = 0; i0 < batch; i0++) {
    const xAt = i0 * 784 - 58;
    const t1At = i0 * 1024;
    for (let i1 = 0; i1 < 32; i1++) {
      const inside = i1 - 2 >= 0 && i1 - 2 < 28;
      const xAt2 = xAt + i1 * 28;
      const t1At2 = t1At + i1 * 32;
      for (let i2 = 0; i2 < 32; i2++) {
        const xAt3 = xAt2 + i2;
        t1[t1At2 + i2] = inside && (i2 - 2 >= 0 && i2 - 2 < 28) ? x[xAt3] : 0;
      }
    }
  }
}

function contract6464109eb3(weight, t1, bias, t3, batch) {
  const sums = sumsPanel;
  const right = rightPanel;
  const left = leftPanel;
  for (let i = 0; i < 150; i++) {
    right[i] = weight[i];
  }
  for (let n0 = 0; n0 < batch; n0++) {
    const t1At = n0 * 1024;
    const t3At = n0 * 4704;
    for (let n1Start = 0; n1Start < 28; n1Start += 14) {
      sums.fill(0, 0, 2352);
      const t1At2 = t1At + n1Start * 32;
      for (let n1 = 0; n1 < 14; n1++) {
        const t1At3 = t1At2 + n1 * 32;
        const leftAt = n1 * 700;
        for (let n2 = 0; n2 < 28; n2++) {
          const t1At4 = t1At3 + n2;
          const leftAt2 = leftAt + n2 * 25;
          for (let k0 = 0; k0 < 5; k0++) {
            const t1At5 = t1At4 + k0 * 32;
            const leftAt3 = leftAt2 + k0 * 5;
            left[leftAt3] = t1[t1At5];
            left[leftAt3 + 1] = t1[t1At5 + 1];
            left[leftAt3 + 2] = t1[t1At5 + 2];
            left[leftAt3 + 3] = t1[t1At5 + 3];
            left[leftAt3 + 4] = t1[t1At5 + 4];
          }
        }
      }
      multiply(392, 6, 25, 25, 6);
      const t3At2 = t3At + n1Start * 28;
      for (let m0 = 0; m0 < 6; m0++) {
        const biasValue = bias[m0];
        const t3At3 = t3At2 + m0 * 784;
        for (let i = 0; i < 392; i++) {
          t3[t3At3 + i] = sigmoid(sums[m0 + i * 6] + biasValue);
        }
      }
    }
  }
}

function reduce36cde4ac61(t0, t1, batch) {
  const size = 84 * batch;
  for (let i0 = 0; i0 < size; i0++) {
    const t0At = i0 * 56;
    const t1At = i0 * 14;
    for (let i1 = 0; i1 < 14; i1++) {
      let sum0 = 0;
      const t0At2 = t0At + i1 * 2;
      sum0 += t0[t0At2];
      sum0 += t0[t0At2 + 1];
      sum0 += t0[t0At2 + 28];
      sum0 += t0[t0At2 + 29];
      t1[t1At + i1] = sum0 * 0.25;
    }
  }
}

function contract402a8baef1(weight, t1, bias, t3, batch) {
  const sums = sumsPanel;
  const right = rightPanel;
  const left = leftPanel;
  for (let i = 0; i < 2400; i++) {
    right[i] = weight[i];
  }
  for (let n0 = 0; n0 < batch; n0++) {
    sums.fill(0, 0, 1600);
    const t1At = n0 * 1176;
    for (let n1 = 0; n1 < 10; n1++) {
      const t1At2 = t1At + n1 * 14;
      const leftAt = n1 * 1500;
      for (let n2 = 0; n2 < 10; n2++) {
        const t1At3 = t1At2 + n2;
        const leftAt2 = leftAt + n2 * 150;
        for (let k0 = 0; k0 < 6; k0++) {
          const t1At4 = t1At3 + k0 * 196;
          const leftAt3 = leftAt2 + k0 * 25;
          for (let k1 = 0; k1 < 5; k1++) {
            const t1At5 = t1At4 + k1 * 14;
            const leftAt4 = leftAt3 + k1 * 5;
            left[leftAt4] = t1[t1At5];
            left[leftAt4 + 1] = t1[t1At5 + 1];
            left[leftAt4 + 2] = t1[t1At5 + 2];
            left[leftAt4 + 3] = t1[t1At5 + 3];
            left[leftAt4 + 4] = t1[t1At5 + 4];
          }
        }
      }
    }
    multiply(100, 16, 150, 150, 16);
    const t3At = n0 * 1600;
    for (let m0 = 0; m0 < 16; m0++) {
      const biasValue = bias[m0];
      const t3At2 = t3At + m0 * 100;
      for (let i = 0; i < 100; i++) {
        t3[t3At2 + i] = sigmoid(sums[m0 + i * 16] + biasValue);
      }
    }
  }
}

function reduceBc6f7a33f4(t0, t1, batch) {
  const size = 80 * batch;
  for (let i0 = 0; i0 < size; i0++) {
    const t0At = i0 * 20;
    const t1At = i0 * 5;
    for (let i1 = 0; i1 < 5; i1++) {
      let sum0 = 0;
      const t0At2 = t0At + i1 * 2;
      sum0 += t0[t0At2];
      sum0 += t0[t0At2 + 1];
      sum0 += t0[t0At2 + 10];
      sum0 += t0[t0At2 + 11];
      t1[t1At + i1] = sum0 * 0.25;
    }
  }
}

function contract08c4f9b1c2(t0, weight, bias, t3, batch) {
  const sums = sumsPanel;
  const left = leftPanel;
  const right = rightPanel;
  for (let m0Start = 0; m0Start < batch; m0Start += 68) {
    const m0Count = Math.min(68, batch - m0Start);
    sums.fill(0, 0, m0Count * 120);
    const t0At = m0Start * 400;
    for (let k0Start = 0; k0Start < 400; k0Start += 200) {
      const t0At2 = t0At + k0Start;
      for (let m0 = 0; m0 < m0Count; m0++) {
        const t0At3 = t0At2 + m0 * 400;
        const leftAt = m0 * 200;
        for (let k0 = 0; k0 < 200; k0++) {
          left[leftAt + k0] = t0[t0At3 + k0];
        }
      }
      if (batch < 4) {
        for (let row = 0; row < m0Count; row++) {
          dots(weight, k0Start, 400, 120, 200, row * 200, row * 120);
        }
      } else {
        for (let n0 = 0; n0 < 120; n0++) {
          const weightAt = k0Start + n0 * 400;
          const rightAt = n0 * 200;
          for (let k0 = 0; k0 < 200; k0++) {
            right[rightAt + k0] = weight[weightAt + k0];
          }
        }
        multiply(m0Count, 120, 200, 200, 120);
      }
    }
    const t3At = m0Start * 120;
    for (let m0 = 0; m0 < m0Count; m0++) {
      const sumsAt = m0 * 120;
      const t3At2 = t3At + m0 * 120;
      for (let n0 = 0; n0 < 120; n0++) {
        t3[t3At2 + n0] = sigmoid(sums[sumsAt + n0] + bias[n0]);
      }
    }
  }
}

function contract54321f9643(t0, weight, bias, t3, batch) {
  const sums = sumsPanel;
  const right = rightPanel;
  const left = leftPanel;
  if (batch >= 4) {
    for (let i = 0; i < 10080; i++) {
      right[i] = weight[i];
    }
  }
  for (let m0Start = 0; m0Start < batch; m0Start += 96) {
    const m0Count = Math.min(96, batch - m0Start);
    sums.fill(0, 0, m0Count * 84);
    const t0At = m0Start * 120;
    for (let i = 0; i < 120 * m0Count; i++) {
      left[i] = t0[t0At + i];
    }
    if (batch < 4) {
      for (let row = 0; row < m0Count; row++) {
        dots(weight, 0, 120, 84, 120, row * 120, row * 84);
      }
    } else {
      multiply(m0Count, 84, 120, 120, 84);
    }
    const t3At = m0Start * 84;
    for (let m0 = 0; m0 < m0Count; m0++) {
      const sumsAt = m0 * 84;
      const t3At2 = t3At + m0 * 84;
      for (let n0 = 0; n0 < 84; n0++) {
        t3[t3At2 + n0] = sigmoid(sums[sumsAt + n0] + bias[n0]);
      }
    }
  }
}

function contract310867feb8(t0, weight, bias, result, batch) {
  const sums = sumsPanel;
  const right = rightPanel;
  const left = leftPanel;
  if (batch >= 4) {
    for (let i = 0; i < 840; i++) {
      right[i] = weight[i];
    }
  }
  for (let m0Start = 0; m0Start < batch; m0Start += 192) {
    const m0Count = Math.min(192, batch - m0Start);
    sums.fill(0, 0, m0Count * 10);
    const t0At = m0Start * 84;
    for (let i = 0; i < 84 * m0Count; i++) {
      left[i] = t0[t0At + i];
    }
    if (batch < 4) {
      for (let row = 0; row < m0Count; row++) {
        dots(weight, 0, 84, 10, 84, row * 84, row * 10);
      }
    } else {
      multiply(m0Count, 10, 84, 84, 10);
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

function mapReduce716b3b32f0(x, y, t2, t3, batch) {
  for (let i0 = 0; i0 < batch; i0++) {
    const xAt = i0 * 784 - 58;
    const t2At = i0 * 1024;
    for (let i1 = 0; i1 < 32; i1++) {
      const inside = i1 - 2 >= 0 && i1 - 2 < 28;
      const xAt2 = xAt + i1 * 28;
      const t2At2 = t2At + i1 * 32;
      for (let i2 = 0; i2 < 32; i2++) {
        const xAt3 = xAt2 + i2;
        t2[t2At2 + i2] = inside && (i2 - 2 >= 0 && i2 - 2 < 28) ? x[xAt3] : 0;
      }
    }
  }
  let sum0 = 0;
  for (let j0 = 0; j0 < batch; j0++) {
    sum0 += y[j0] === -100 ? 0 : 1;
  }
  t3[0] = sum0;
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

function contract27c7cc0082(t0, t1, weight, batch) {
  const sums = sumsPanel;
  const left = leftPanel;
  const right = rightPanel;
  for (let n0Start = 0; n0Start < 84; n0Start += 44) {
    const n0Count = Math.min(44, 84 - n0Start);
    sums.fill(0, 0, n0Count * 10);
    for (let k0Start = 0; k0Start < batch; k0Start += 256) {
      const k0Count = Math.min(256, batch - k0Start);
      const t1At = n0Start + k0Start * 84;
      for (let k0 = 0; k0 < k0Count; k0++) {
        const t1At2 = t1At + k0 * 84;
        for (let n0 = 0; n0 < n0Count; n0++) {
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
      multiply(n0Count, 10, k0Count, 256, 10);
    }
    for (let m0 = 0; m0 < 10; m0++) {
      const weightAt = n0Start + m0 * 84;
      for (let n0 = 0; n0 < n0Count; n0++) {
        weight[weightAt + n0] = sums[m0 + n0 * 10];
      }
    }
  }
}

function contract837a2309c2(t0, weight, t2, batch) {
  const sums = sumsPanel;
  const right = rightPanel;
  const left = leftPanel;
  if (batch >= 4) {
    for (let k0 = 0; k0 < 10; k0++) {
      const weightAt = k0 * 84;
      for (let n0 = 0; n0 < 84; n0++) {
        right[k0 + n0 * 10] = weight[weightAt + n0];
      }
    }
  }
  for (let m0Start = 0; m0Start < batch; m0Start += 96) {
    const m0Count = Math.min(96, batch - m0Start);
    sums.fill(0, 0, m0Count * 84);
    const t0At = m0Start * 10;
    for (let i = 0; i < 10 * m0Count; i++) {
      left[i] = t0[t0At + i];
    }
    if (batch < 4) {
      for (let row = 0; row < m0Count; row++) {
        stridedDots(weight, 0, 1, 84, 84, 10, row * 10, row * 84);
      }
    } else {
      multiply(m0Count, 84, 10, 10, 84);
    }
    const t2At = m0Start * 84;
    for (let i = 0; i < 84 * m0Count; i++) {
      const t2At2 = t2At + i;
      const t2Value = t2[t2At2];
      t2[t2At2] = sums[i] * (t2Value * (1 - t2Value));
    }
  }
}

function contract9c74a38498(t0, t1, weight, batch) {
  const sums = sumsPanel;
  const left = leftPanel;
  const right = rightPanel;
  for (let n0Start = 0; n0Start < 120; n0Start += 60) {
    sums.fill(0, 0, 5040);
    for (let k0Start = 0; k0Start < batch; k0Start += 256) {
      const k0Count = Math.min(256, batch - k0Start);
      const t1At = n0Start + k0Start * 120;
      for (let k0 = 0; k0 < k0Count; k0++) {
        const t1At2 = t1At + k0 * 120;
        for (let n0 = 0; n0 < 60; n0++) {
          left[k0 + n0 * 256] = t1[t1At2 + n0];
        }
      }
      const t0At = k0Start * 84;
      for (let k0 = 0; k0 < k0Count; k0++) {
        const t0At2 = t0At + k0 * 84;
        for (let m0 = 0; m0 < 84; m0++) {
          right[k0 + m0 * 256] = t0[t0At2 + m0];
        }
      }
      multiply(60, 84, k0Count, 256, 84);
    }
    for (let m0 = 0; m0 < 84; m0++) {
      const weightAt = n0Start + m0 * 120;
      for (let n0 = 0; n0 < 60; n0++) {
        weight[weightAt + n0] = sums[m0 + n0 * 84];
      }
    }
  }
}

function contract3b1d0cc302(t0, weight, t2, batch) {
  const sums = sumsPanel;
  const right = rightPanel;
  const left = leftPanel;
  if (batch >= 4) {
    for (let k0 = 0; k0 < 84; k0++) {
      const weightAt = k0 * 120;
      for (let n0 = 0; n0 < 120; n0++) {
        right[k0 + n0 * 84] = weight[weightAt + n0];
      }
    }
  }
  for (let m0Start = 0; m0Start < batch; m0Start += 68) {
    const m0Count = Math.min(68, batch - m0Start);
    sums.fill(0, 0, m0Count * 120);
    const t0At = m0Start * 84;
    for (let i = 0; i < 84 * m0Count; i++) {
      left[i] = t0[t0At + i];
    }
    if (batch < 4) {
      for (let row = 0; row < m0Count; row++) {
        stridedDots(weight, 0, 1, 120, 120, 84, row * 84, row * 120);
      }
    } else {
      multiply(m0Count, 120, 84, 84, 120);
    }
    const t2At = m0Start * 120;
    for (let i = 0; i < 120 * m0Count; i++) {
      const t2At2 = t2At + i;
      const t2Value = t2[t2At2];
      t2[t2At2] = sums[i] * (t2Value * (1 - t2Value));
    }
  }
}

function contract7a8cf27653(t0, t1, weight, batch) {
  const sums = sumsPanel;
  const left = leftPanel;
  const right = rightPanel;
  for (let n0Start = 0; n0Start < 400; n0Start += 60) {
    const n0Count = Math.min(60, 400 - n0Start);
    sums.fill(0, 0, n0Count * 120);
    for (let k0Start = 0; k0Start < batch; k0Start += 256) {
      const k0Count = Math.min(256, batch - k0Start);
      const t1At = n0Start + k0Start * 400;
      for (let k0 = 0; k0 < k0Count; k0++) {
        const t1At2 = t1At + k0 * 400;
        for (let n0 = 0; n0 < n0Count; n0++) {
          left[k0 + n0 * 256] = t1[t1At2 + n0];
        }
      }
      const t0At = k0Start * 120;
      for (let k0 = 0; k0 < k0Count; k0++) {
        const t0At2 = t0At + k0 * 120;
        for (let m0 = 0; m0 < 120; m0++) {
          right[k0 + m0 * 256] = t0[t0At2 + m0];
        }
      }
      multiply(n0Count, 120, k0Count, 256, 120);
    }
    for (let m0 = 0; m0 < 120; m0++) {
      const weightAt = n0Start + m0 * 400;
      for (let n0 = 0; n0 < n0Count; n0++) {
        weight[weightAt + n0] = sums[m0 + n0 * 120];
      }
    }
  }
}

function contract6836d08e9e(t0, weight, t2, batch) {
  const sums = sumsPanel;
  const right = rightPanel;
  const left = leftPanel;
  for (let n0Start = 0; n0Start < 400; n0Start += 100) {
    if (batch >= 4) {
      for (let k0 = 0; k0 < 120; k0++) {
        const weightAt = n0Start + k0 * 400;
        for (let n0 = 0; n0 < 100; n0++) {
          right[k0 + n0 * 120] = weight[weightAt + n0];
        }
      }
    }
    for (let m0Start = 0; m0Start < batch; m0Start += 80) {
      const m0Count = Math.min(80, batch - m0Start);
      sums.fill(0, 0, m0Count * 100);
      const t0At = m0Start * 120;
      for (let i = 0; i < 120 * m0Count; i++) {
        left[i] = t0[t0At + i];
      }
      if (batch < 4) {
        for (let row = 0; row < m0Count; row++) {
          stridedDots(weight, n0Start, 1, 400, 100, 120, row * 120, row * 100);
        }
      } else {
        multiply(m0Count, 100, 120, 120, 100);
      }
      const t2At = n0Start + m0Start * 400;
      for (let m0 = 0; m0 < m0Count; m0++) {
        const sumsAt = m0 * 100;
        const t2At2 = t2At + m0 * 400;
        for (let n0 = 0; n0 < 100; n0++) {
          t2[t2At2 + n0] = sums[sumsAt + n0] * 0.25;
        }
      }
    }
  }
}

function reduceMapBb5d218d18(t0, t1, t2, t3, t4, loss, bias, t7, batch) {
  const t1Value = t1[0];
  const columns = columnsPanel;
  const size = 16 * batch;
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
  for (let i1 = 0; i1 < size; i1++) {
    const t3At = i1 * 25;
    const t4At = i1 * 100;
    const t7At = i1 * 324 + 76;
    const t7At5 = i1 * 324;
    for (let i2 = 0; i2 < 5; i2++) {
      const t3At2 = t3At + i2 * 5;
      const t4At2 = t4At + i2 * 20;
      const t7At2 = t7At + i2 * 36;
      const t7At6 = t7At5 + i2 * 36;
      for (let i3 = 0; i3 < 2; i3++) {
        const t4At3 = t4At2 + i3 * 10;
        const t7At3 = t7At2 + i3 * 18;
        const t7At7 = t7At6 + i3 * 18;
        for (let i4 = 0; i4 < 5; i4++) {
          const t3Value = t3[t3At2 + i4];
          const t4At4 = t4At3 + i4 * 2;
          const t7At4 = t7At3 + i4 * 2;
          const t4Value = t4[t4At4];
          t7[t7At4] = t3Value * (t4Value * (1 - t4Value));
          const t7At8 = t7At7 + i4 * 2;
          const t4Value2 = t4[t4At4 + 1];
          t7[t7At8 + 77] = t3Value * (t4Value2 * (1 - t4Value2));
        }
      }
    }
  }
}

function contract6314182e11(t0, t1, weight, batch) {
  const sums = sumsPanel;
  const left = leftPanel;
  const right = rightPanel;
  for (let n0Start = 0; n0Start < 6; n0Start += 3) {
    sums.fill(0, 0, 1216);
    const t1At = n0Start * 196;
    for (let k0Start = 0; k0Start < batch; k0Start += 2) {
      const k0Count = Math.min(2, batch - k0Start);
      const t1At2 = t1At + k0Start * 1176;
      for (let n0 = 0; n0 < 3; n0++) {
        const t1At3 = t1At2 + n0 * 196;
        const leftAt = n0 * 5000;
        for (let n1 = 0; n1 < 5; n1++) {
          const t1At4 = t1At3 + n1 * 14;
          const leftAt2 = leftAt + n1 * 1000;
          for (let n2 = 0; n2 < 5; n2++) {
            const t1At5 = t1At4 + n2;
            const leftAt3 = leftAt2 + n2 * 200;
            for (let k0 = 0; k0 < k0Count; k0++) {
              const t1At6 = t1At5 + k0 * 1176;
              const leftAt4 = leftAt3 + k0 * 100;
              for (let k1 = 0; k1 < 10; k1++) {
                const t1At7 = t1At6 + k1 * 14;
                const leftAt5 = leftAt4 + k1 * 10;
                for (let k2 = 0; k2 < 10; k2++) {
                  left[leftAt5 + k2] = t1[t1At7 + k2];
                }
              }
            }
          }
        }
      }
      const t0At = k0Start * 5184 + 76;
      for (let k0 = 0; k0 < k0Count; k0++) {
        const t0At2 = t0At + k0 * 5184;
        const rightAt = k0 * 100;
        for (let m0 = 0; m0 < 16; m0++) {
          const t0At3 = t0At2 + m0 * 324;
          const rightAt2 = rightAt + m0 * 200;
          for (let k1 = 0; k1 < 10; k1++) {
            const t0At4 = t0At3 + k1 * 18;
            const rightAt3 = rightAt2 + k1 * 10;
            for (let k2 = 0; k2 < 10; k2++) {
              right[rightAt3 + k2] = t0[t0At4 + k2];
            }
          }
        }
      }
      multiply(75, 16, 100 * k0Count, 200, 16);
    }
    const weightAt = n0Start * 25;
    for (let m0 = 0; m0 < 16; m0++) {
      const weightAt2 = weightAt + m0 * 150;
      for (let i = 0; i < 75; i++) {
        weight[weightAt2 + i] = sums[m0 + i * 16];
      }
    }
  }
}

function mapEd6659eb1f(t0, batch) {
  const size = 16 * batch;
  for (let i0 = 0; i0 < size; i0++) {
    const t0At = i0 * 324;
    for (let i1 = 0; i1 < 72; i1++) {
      t0[t0At + i1] = 0;
    }
  }
  for (let i2 = 0; i2 < size; i2++) {
    const t0At = i2 * 324 + 252;
    for (let i3 = 0; i3 < 72; i3++) {
      t0[t0At + i3] = 0;
    }
  }
  for (let i4 = 0; i4 < size; i4++) {
    const t0At = i4 * 324 + 72;
    const t0At3 = i4 * 324;
    for (let i5 = 0; i5 < 10; i5++) {
      const t0At2 = t0At + i5 * 18;
      t0[t0At2] = 0;
      const t0At4 = t0At3 + i5 * 18;
      t0[t0At4 + 73] = 0;
      t0[t0At4 + 74] = 0;
      t0[t0At4 + 75] = 0;
    }
  }
  for (let i7 = 0; i7 < size; i7++) {
    const t0At = i7 * 324 + 86;
    const t0At3 = i7 * 324;
    for (let i8 = 0; i8 < 10; i8++) {
      const t0At2 = t0At + i8 * 18;
      t0[t0At2] = 0;
      const t0At4 = t0At3 + i8 * 18;
      t0[t0At4 + 87] = 0;
      t0[t0At4 + 88] = 0;
      t0[t0At4 + 89] = 0;
    }
  }
}

function contract8ddf35182e(weight, t1, t2, batch) {
  const sums = sumsPanel;
  const left = leftPanel;
  const right = rightPanel;
  for (let n0 = 0; n0 < batch; n0++) {
    const t1At = n0 * 5184;
    const t2At = n0 * 1176;
    for (let n1Start = 0; n1Start < 14; n1Start += 5) {
      const n1Count = Math.min(5, 14 - n1Start);
      sums.fill(0, 0, 14 * n1Count * 6);
      const t1At2 = t1At + n1Start * 18;
      for (let k0Start = 0; k0Start < 16; k0Start += 8) {
        const t1At3 = t1At2 + k0Start * 324;
        for (let n1 = 0; n1 < n1Count; n1++) {
          const t1At4 = t1At3 + n1 * 18;
          const leftAt = n1 * 2800;
          for (let n2 = 0; n2 < 14; n2++) {
            const t1At5 = t1At4 + n2;
            const leftAt2 = leftAt + n2 * 200;
            for (let k0 = 0; k0 < 8; k0++) {
              const t1At6 = t1At5 + k0 * 324;
              const leftAt3 = leftAt2 + k0 * 25;
              for (let k1 = 0; k1 < 5; k1++) {
                const t1At7 = t1At6 + k1 * 18;
                const leftAt4 = leftAt3 + k1 * 5;
                left[leftAt4] = t1[t1At7];
                left[leftAt4 + 1] = t1[t1At7 + 1];
                left[leftAt4 + 2] = t1[t1At7 + 2];
                left[leftAt4 + 3] = t1[t1At7 + 3];
                left[leftAt4 + 4] = t1[t1At7 + 4];
              }
            }
          }
        }
        const weightAt = k0Start * 150 + 24;
        for (let k0 = 0; k0 < 8; k0++) {
          const weightAt2 = weightAt + k0 * 150;
          const rightAt = k0 * 25;
          for (let m0 = 0; m0 < 6; m0++) {
            const weightAt3 = weightAt2 + m0 * 25;
            const rightAt2 = rightAt + m0 * 200;
            for (let i = 0; i < 25; i++) {
              right[rightAt2 + i] = weight[weightAt3 + -i];
            }
          }
        }
        multiply(14 * n1Count, 6, 200, 200, 6);
      }
      const t2At2 = t2At + n1Start * 14;
      for (let m0 = 0; m0 < 6; m0++) {
        const t2At3 = t2At2 + m0 * 196;
        for (let i = 0; i < 14 * n1Count; i++) {
          t2[t2At3 + i] = sums[m0 + i * 6] * 0.25;
        }
      }
    }
  }
}

function reduceMap3040ed39f9(t0, t1, bias, t3, batch) {
  const size = 84 * batch;
  for (let i0 = 0; i0 < 16; i0++) {
    let sum0 = 0;
    const t0At = i0 * 324 + 76;
    for (let j0 = 0; j0 < batch; j0++) {
      const t0At2 = t0At + j0 * 5184;
      for (let j1 = 0; j1 < 10; j1++) {
        const t0At3 = t0At2 + j1 * 18;
        for (let j2 = 0; j2 < 10; j2++) {
          sum0 += t0[t0At3 + j2];
        }
      }
    }
    bias[i0] = sum0;
  }
  for (let i1 = 0; i1 < size; i1++) {
    const t1At = i1 * 14;
    const t3At = i1 * 56;
    for (let i2 = 0; i2 < 2; i2++) {
      const t3At2 = t3At + i2 * 28;
      for (let i3 = 0; i3 < 14; i3++) {
        const t1Value = t1[t1At + i3];
        const t3At3 = t3At2 + i3 * 2;
        const t3Value = t3[t3At3];
        t3[t3At3] = t1Value * (t3Value * (1 - t3Value));
        const t3At4 = t3At3 + 1;
        const t3Value2 = t3[t3At4];
        t3[t3At4] = t1Value * (t3Value2 * (1 - t3Value2));
      }
    }
  }
}

function contractE28bffb441(t0, t1, weight, batch) {
  const sums = sumsPanel;
  const left = leftPanel;
  const right = rightPanel;
  sums.fill(0, 0, 168);
  for (let k0 = 0; k0 < batch; k0++) {
    const t1At = k0 * 1024;
    const t0At = k0 * 4704;
    for (let k1Start = 0; k1Start < 28; k1Start += 7) {
      const t1At2 = t1At + k1Start * 32;
      for (let n0 = 0; n0 < 5; n0++) {
        const t1At3 = t1At2 + n0 * 32;
        const leftAt = n0 * 980;
        for (let n1 = 0; n1 < 5; n1++) {
          const t1At4 = t1At3 + n1;
          const leftAt2 = leftAt + n1 * 196;
          for (let k1 = 0; k1 < 7; k1++) {
            const t1At5 = t1At4 + k1 * 32;
            const leftAt3 = leftAt2 + k1 * 28;
            for (let k2 = 0; k2 < 28; k2++) {
              left[leftAt3 + k2] = t1[t1At5 + k2];
            }
          }
        }
      }
      const t0At2 = t0At + k1Start * 28;
      for (let m0 = 0; m0 < 6; m0++) {
        const t0At3 = t0At2 + m0 * 784;
        const rightAt = m0 * 196;
        for (let i = 0; i < 196; i++) {
          right[rightAt + i] = t0[t0At3 + i];
        }
      }
      multiply(25, 6, 196, 196, 6);
    }
  }
  for (let m0 = 0; m0 < 6; m0++) {
    const weightAt = m0 * 25;
    for (let i = 0; i < 25; i++) {
      weight[weightAt + i] = sums[m0 + i * 6];
    }
  }
}

function reduce25dd7a689a(t0, t1, t2, bias, bias4, bias5, batch) {
  const columns = columnsPanel;
  columns.fill(0, 0, 84);
  for (let j0 = 0; j0 < batch; j0++) {
    const t0At = j0 * 84;
    for (let i0 = 0; i0 < 84; i0++) {
      columns[i0] += t0[t0At + i0];
    }
  }
  for (let i0 = 0; i0 < 84; i0++) {
    bias[i0] = columns[i0];
  }
  columns.fill(0, 0, 120);
  for (let j1 = 0; j1 < batch; j1++) {
    const t1At = j1 * 120;
    for (let i1 = 0; i1 < 120; i1++) {
      columns[i1] += t1[t1At + i1];
    }
  }
  for (let i1 = 0; i1 < 120; i1++) {
    bias4[i1] = columns[i1];
  }
  for (let i2 = 0; i2 < 6; i2++) {
    let sum20 = 0;
    let sum21 = 0;
    let sum22 = 0;
    let sum23 = 0;
    const t2At = i2 * 784;
    for (let j2 = 0; j2 < batch; j2++) {
      const t2At2 = t2At + j2 * 4704;
      for (let j3 = 0; j3 < 781; j3 += 4) {
        sum20 += t2[t2At2 + j3];
        sum21 += t2[t2At2 + j3 + 1];
        sum22 += t2[t2At2 + j3 + 2];
        sum23 += t2[t2At2 + j3 + 3];
      }
    }
    const sum2 = sum20 + sum21 + sum22 + sum23;
    bias5[i2] = sum2;
  }
}

function contract2cab5e56a2(t0, weight, t2, t3, batch) {
  const sums = sumsPanel;
  const right = rightPanel;
  const left = leftPanel;
  if (batch >= 4) {
    for (let k0 = 0; k0 < 10; k0++) {
      const weightAt = k0 * 84;
      for (let n0 = 0; n0 < 84; n0++) {
        right[k0 + n0 * 10] = weight[weightAt + n0];
      }
    }
  }
  for (let m0Start = 0; m0Start < batch; m0Start += 96) {
    const m0Count = Math.min(96, batch - m0Start);
    sums.fill(0, 0, m0Count * 84);
    const t0At = m0Start * 10;
    for (let i = 0; i < 10 * m0Count; i++) {
      left[i] = t0[t0At + i];
    }
    if (batch < 4) {
      for (let row = 0; row < m0Count; row++) {
        stridedDots(weight, 0, 1, 84, 84, 10, row * 10, row * 84);
      }
    } else {
      multiply(m0Count, 84, 10, 10, 84);
    }
    const t2At = m0Start * 84;
    for (let i = 0; i < 84 * m0Count; i++) {
      const t2At2 = t2At + i;
      const t2Value = t2[t2At2];
      t3[t2At2] = sums[i] * (t2Value * (1 - t2Value));
    }
  }
}

function contract3142b89088(t0, t1, lr, weight, batch) {
  const sums = sumsPanel;
  const left = leftPanel;
  const right = rightPanel;
  const lrValue = lr[0];
  for (let n0Start = 0; n0Start < 84; n0Start += 44) {
    const n0Count = Math.min(44, 84 - n0Start);
    sums.fill(0, 0, n0Count * 10);
    for (let k0Start = 0; k0Start < batch; k0Start += 256) {
      const k0Count = Math.min(256, batch - k0Start);
      const t1At = n0Start + k0Start * 84;
      for (let k0 = 0; k0 < k0Count; k0++) {
        const t1At2 = t1At + k0 * 84;
        for (let n0 = 0; n0 < n0Count; n0++) {
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
      multiply(n0Count, 10, k0Count, 256, 10);
    }
    for (let m0 = 0; m0 < 10; m0++) {
      const weightAt = n0Start + m0 * 84;
      for (let n0 = 0; n0 < n0Count; n0++) {
        const weightAt2 = weightAt + n0;
        weight[weightAt2] = weight[weightAt2] - sums[m0 + n0 * 10] * lrValue;
      }
    }
  }
}

function contract0d4f81dff4(t0, weight, t2, t3, batch) {
  const sums = sumsPanel;
  const right = rightPanel;
  const left = leftPanel;
  if (batch >= 4) {
    for (let k0 = 0; k0 < 84; k0++) {
      const weightAt = k0 * 120;
      for (let n0 = 0; n0 < 120; n0++) {
        right[k0 + n0 * 84] = weight[weightAt + n0];
      }
    }
  }
  for (let m0Start = 0; m0Start < batch; m0Start += 68) {
    const m0Count = Math.min(68, batch - m0Start);
    sums.fill(0, 0, m0Count * 120);
    const t0At = m0Start * 84;
    for (let i = 0; i < 84 * m0Count; i++) {
      left[i] = t0[t0At + i];
    }
    if (batch < 4) {
      for (let row = 0; row < m0Count; row++) {
        stridedDots(weight, 0, 1, 120, 120, 84, row * 84, row * 120);
      }
    } else {
      multiply(m0Count, 120, 84, 84, 120);
    }
    const t2At = m0Start * 120;
    for (let i = 0; i < 120 * m0Count; i++) {
      const t2At2 = t2At + i;
      const t2Value = t2[t2At2];
      t3[t2At2] = sums[i] * (t2Value * (1 - t2Value));
    }
  }
}

function contractD557537fbd(t0, t1, lr, weight, batch) {
  const sums = sumsPanel;
  const left = leftPanel;
  const right = rightPanel;
  const lrValue = lr[0];
  for (let n0Start = 0; n0Start < 120; n0Start += 60) {
    sums.fill(0, 0, 5040);
    for (let k0Start = 0; k0Start < batch; k0Start += 256) {
      const k0Count = Math.min(256, batch - k0Start);
      const t1At = n0Start + k0Start * 120;
      for (let k0 = 0; k0 < k0Count; k0++) {
        const t1At2 = t1At + k0 * 120;
        for (let n0 = 0; n0 < 60; n0++) {
          left[k0 + n0 * 256] = t1[t1At2 + n0];
        }
      }
      const t0At = k0Start * 84;
      for (let k0 = 0; k0 < k0Count; k0++) {
        const t0At2 = t0At + k0 * 84;
        for (let m0 = 0; m0 < 84; m0++) {
          right[k0 + m0 * 256] = t0[t0At2 + m0];
        }
      }
      multiply(60, 84, k0Count, 256, 84);
    }
    for (let m0 = 0; m0 < 84; m0++) {
      const weightAt = n0Start + m0 * 120;
      for (let n0 = 0; n0 < 60; n0++) {
        const weightAt2 = weightAt + n0;
        weight[weightAt2] = weight[weightAt2] - sums[m0 + n0 * 84] * lrValue;
      }
    }
  }
}

function contract4520f3dcab(t0, t1, lr, weight, batch) {
  const sums = sumsPanel;
  const left = leftPanel;
  const right = rightPanel;
  const lrValue = lr[0];
  for (let n0Start = 0; n0Start < 400; n0Start += 60) {
    const n0Count = Math.min(60, 400 - n0Start);
    sums.fill(0, 0, n0Count * 120);
    for (let k0Start = 0; k0Start < batch; k0Start += 256) {
      const k0Count = Math.min(256, batch - k0Start);
      const t1At = n0Start + k0Start * 400;
      for (let k0 = 0; k0 < k0Count; k0++) {
        const t1At2 = t1At + k0 * 400;
        for (let n0 = 0; n0 < n0Count; n0++) {
          left[k0 + n0 * 256] = t1[t1At2 + n0];
        }
      }
      const t0At = k0Start * 120;
      for (let k0 = 0; k0 < k0Count; k0++) {
        const t0At2 = t0At + k0 * 120;
        for (let m0 = 0; m0 < 120; m0++) {
          right[k0 + m0 * 256] = t0[t0At2 + m0];
        }
      }
      multiply(n0Count, 120, k0Count, 256, 120);
    }
    for (let m0 = 0; m0 < 120; m0++) {
      const weightAt = n0Start + m0 * 400;
      for (let n0 = 0; n0 < n0Count; n0++) {
        const weightAt2 = weightAt + n0;
        weight[weightAt2] = weight[weightAt2] - sums[m0 + n0 * 120] * lrValue;
      }
    }
  }
}

function reduceMap4f975db182(t0, t1, t2, t3, loss, t5, batch) {
  const t1Value = t1[0];
  const size = 16 * batch;
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
  for (let i0 = 0; i0 < size; i0++) {
    const t2At = i0 * 25;
    const t3At = i0 * 100;
    const t5At = i0 * 324 + 76;
    const t5At5 = i0 * 324;
    for (let i1 = 0; i1 < 5; i1++) {
      const t2At2 = t2At + i1 * 5;
      const t3At2 = t3At + i1 * 20;
      const t5At2 = t5At + i1 * 36;
      const t5At6 = t5At5 + i1 * 36;
      for (let i2 = 0; i2 < 2; i2++) {
        const t3At3 = t3At2 + i2 * 10;
        const t5At3 = t5At2 + i2 * 18;
        const t5At7 = t5At6 + i2 * 18;
        for (let i3 = 0; i3 < 5; i3++) {
          const t2Value = t2[t2At2 + i3];
          const t3At4 = t3At3 + i3 * 2;
          const t5At4 = t5At3 + i3 * 2;
          const t3Value = t3[t3At4];
          t5[t5At4] = t2Value * (t3Value * (1 - t3Value));
          const t5At8 = t5At7 + i3 * 2;
          const t3Value2 = t3[t3At4 + 1];
          t5[t5At8 + 77] = t2Value * (t3Value2 * (1 - t3Value2));
        }
      }
    }
  }
}

function contract06ac868128(t0, t1, lr, weight, batch) {
  const sums = sumsPanel;
  const left = leftPanel;
  const right = rightPanel;
  const lrValue = lr[0];
  for (let n0Start = 0; n0Start < 6; n0Start += 3) {
    sums.fill(0, 0, 1216);
    const t1At = n0Start * 196;
    for (let k0Start = 0; k0Start < batch; k0Start += 2) {
      const k0Count = Math.min(2, batch - k0Start);
      const t1At2 = t1At + k0Start * 1176;
      for (let n0 = 0; n0 < 3; n0++) {
        const t1At3 = t1At2 + n0 * 196;
        const leftAt = n0 * 5000;
        for (let n1 = 0; n1 < 5; n1++) {
          const t1At4 = t1At3 + n1 * 14;
          const leftAt2 = leftAt + n1 * 1000;
          for (let n2 = 0; n2 < 5; n2++) {
            const t1At5 = t1At4 + n2;
            const leftAt3 = leftAt2 + n2 * 200;
            for (let k0 = 0; k0 < k0Count; k0++) {
              const t1At6 = t1At5 + k0 * 1176;
              const leftAt4 = leftAt3 + k0 * 100;
              for (let k1 = 0; k1 < 10; k1++) {
                const t1At7 = t1At6 + k1 * 14;
                const leftAt5 = leftAt4 + k1 * 10;
                for (let k2 = 0; k2 < 10; k2++) {
                  left[leftAt5 + k2] = t1[t1At7 + k2];
                }
              }
            }
          }
        }
      }
      const t0At = k0Start * 5184 + 76;
      for (let k0 = 0; k0 < k0Count; k0++) {
        const t0At2 = t0At + k0 * 5184;
        const rightAt = k0 * 100;
        for (let m0 = 0; m0 < 16; m0++) {
          const t0At3 = t0At2 + m0 * 324;
          const rightAt2 = rightAt + m0 * 200;
          for (let k1 = 0; k1 < 10; k1++) {
            const t0At4 = t0At3 + k1 * 18;
            const rightAt3 = rightAt2 + k1 * 10;
            for (let k2 = 0; k2 < 10; k2++) {
              right[rightAt3 + k2] = t0[t0At4 + k2];
            }
          }
        }
      }
      multiply(75, 16, 100 * k0Count, 200, 16);
    }
    const weightAt = n0Start * 25;
    for (let m0 = 0; m0 < 16; m0++) {
      const weightAt2 = weightAt + m0 * 150;
      for (let i = 0; i < 75; i++) {
        const weightAt3 = weightAt2 + i;
        weight[weightAt3] = weight[weightAt3] - sums[m0 + i * 16] * lrValue;
      }
    }
  }
}

function mapB8d102e354(t0, t1, batch) {
  const size = 84 * batch;
  for (let i0 = 0; i0 < size; i0++) {
    const t0At = i0 * 14;
    const t1At = i0 * 56;
    for (let i1 = 0; i1 < 2; i1++) {
      const t1At2 = t1At + i1 * 28;
      for (let i2 = 0; i2 < 14; i2++) {
        const t0Value = t0[t0At + i2];
        const t1At3 = t1At2 + i2 * 2;
        const t1Value = t1[t1At3];
        t1[t1At3] = t0Value * (t1Value * (1 - t1Value));
        const t1At4 = t1At3 + 1;
        const t1Value2 = t1[t1At4];
        t1[t1At4] = t0Value * (t1Value2 * (1 - t1Value2));
      }
    }
  }
}

function reduce5c3beab289(t0, lr, t2, t3, t4, t5, bias, bias7, bias8, bias9, bias10, batch) {
  const columns = columnsPanel;
  const lrValue = lr[0];
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
  columns.fill(0, 0, 84);
  for (let j1 = 0; j1 < batch; j1++) {
    const t2At = j1 * 84;
    for (let i1 = 0; i1 < 84; i1++) {
      columns[i1] += t2[t2At + i1];
    }
  }
  for (let i1 = 0; i1 < 84; i1++) {
    bias7[i1] = bias7[i1] - columns[i1] * lrValue;
  }
  for (let i2 = 0; i2 < 6; i2++) {
    let sum20 = 0;
    let sum21 = 0;
    let sum22 = 0;
    let sum23 = 0;
    const t3At = i2 * 784;
    for (let j2 = 0; j2 < batch; j2++) {
      const t3At2 = t3At + j2 * 4704;
      for (let j3 = 0; j3 < 781; j3 += 4) {
        sum20 += t3[t3At2 + j3];
        sum21 += t3[t3At2 + j3 + 1];
        sum22 += t3[t3At2 + j3 + 2];
        sum23 += t3[t3At2 + j3 + 3];
      }
    }
    const sum2 = sum20 + sum21 + sum22 + sum23;
    bias8[i2] = bias8[i2] - sum2 * lrValue;
  }
  columns.fill(0, 0, 120);
  for (let j4 = 0; j4 < batch; j4++) {
    const t4At = j4 * 120;
    for (let i3 = 0; i3 < 120; i3++) {
      columns[i3] += t4[t4At + i3];
    }
  }
  for (let i3 = 0; i3 < 120; i3++) {
    bias9[i3] = bias9[i3] - columns[i3] * lrValue;
  }
  for (let i4 = 0; i4 < 16; i4++) {
    let sum4 = 0;
    const t5At = i4 * 324 + 76;
    for (let j5 = 0; j5 < batch; j5++) {
      const t5At2 = t5At + j5 * 5184;
      for (let j6 = 0; j6 < 10; j6++) {
        const t5At3 = t5At2 + j6 * 18;
        for (let j7 = 0; j7 < 10; j7++) {
          sum4 += t5[t5At3 + j7];
        }
      }
    }
    bias10[i4] = bias10[i4] - sum4 * lrValue;
  }
}

function contract6df7c4b831(t0, t1, lr, weight, batch) {
  const sums = sumsPanel;
  const left = leftPanel;
  const right = rightPanel;
  const lrValue = lr[0];
  sums.fill(0, 0, 168);
  for (let k0 = 0; k0 < batch; k0++) {
    const t1At = k0 * 1024;
    const t0At = k0 * 4704;
    for (let k1Start = 0; k1Start < 28; k1Start += 7) {
      const t1At2 = t1At + k1Start * 32;
      for (let n0 = 0; n0 < 5; n0++) {
        const t1At3 = t1At2 + n0 * 32;
        const leftAt = n0 * 980;
        for (let n1 = 0; n1 < 5; n1++) {
          const t1At4 = t1At3 + n1;
          const leftAt2 = leftAt + n1 * 196;
          for (let k1 = 0; k1 < 7; k1++) {
            const t1At5 = t1At4 + k1 * 32;
            const leftAt3 = leftAt2 + k1 * 28;
            for (let k2 = 0; k2 < 28; k2++) {
              left[leftAt3 + k2] = t1[t1At5 + k2];
            }
          }
        }
      }
      const t0At2 = t0At + k1Start * 28;
      for (let m0 = 0; m0 < 6; m0++) {
        const t0At3 = t0At2 + m0 * 784;
        const rightAt = m0 * 196;
        for (let i = 0; i < 196; i++) {
          right[rightAt + i] = t0[t0At3 + i];
        }
      }
      multiply(25, 6, 196, 196, 6);
    }
  }
  for (let m0 = 0; m0 < 6; m0++) {
    const weightAt = m0 * 25;
    for (let i = 0; i < 25; i++) {
      const weightAt2 = weightAt + i;
      weight[weightAt2] = weight[weightAt2] - sums[m0 + i * 6] * lrValue;
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
