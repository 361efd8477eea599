// The works as ONNX files, for onnxruntime.
import { createRequire } from 'node:module';

const { onnx } = createRequire(import.meta.url)('onnx-proto');
const { AttributeProto, GraphProto, ModelProto, NodeProto, TensorProto, TypeProto, ValueInfoProto } = onnx;

/** Grows a graph node by node; values are names. */
class OnnxGraph {
  nodes = [];
  initializers = [];

  constructor(weights) {
    this.weights = weights;
  }

  constant(name, dims, data) {
    const type = data instanceof Float32Array ? TensorProto.DataType.FLOAT : TensorProto.DataType.INT64;
    const bytes = data instanceof Float32Array ? data : BigInt64Array.from(data, BigInt);
    const rawData = new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.initializers.push(TensorProto.create({ name, dims: [...dims], dataType: type, rawData }));
    return name;
  }

  weight(name) {
    const { shape, data } = this.weights[name];
    return this.initializers.some((one) => one.name === name) ? name : this.constant(name, shape, data);
  }

  op(opType, input, attributes = {}, outputs = 1) {
    const output = Array.from({ length: outputs }, (_, i) => `v${this.nodes.length}_${i}`);
    const attribute = Object.entries(attributes).map(([name, value]) => AttributeProto.create(attributeOf(name, value)));
    this.nodes.push(NodeProto.create({ opType, input, output, attribute }));
    return outputs === 1 ? output[0] : output;
  }

  reshaped(x, dims) {
    return this.op('Reshape', [x, this.constant(`shape${this.nodes.length}`, [dims.length], dims)]);
  }

  linear(x, path) {
    return this.op('Gemm', [x, this.weight(`${path}.weight`), this.weight(`${path}.bias`)], { transB: 1 });
  }
}

function attributeOf(name, value) {
  const { AttributeType } = AttributeProto;
  if (Array.isArray(value)) return { name, type: AttributeType.INTS, ints: value };
  return Number.isInteger(value) ? { name, type: AttributeType.INT, i: value } : { name, type: AttributeType.FLOAT, f: value };
}

const graphs = {
  mlp(g, [x]) {
    const hidden = g.op('Relu', [g.linear(g.reshaped(x, [-1, 784]), 'hidden')]);
    return g.linear(hidden, 'output');
  },
  lenet(g, [images]) {
    const conv = (x, layer, pads) => g.op('Conv', [x, g.weight(`net.${layer}.weight`), g.weight(`net.${layer}.bias`)], { pads });
    const pool = (x) => g.op('AveragePool', [g.op('Sigmoid', [x])], { kernel_shape: [2, 2], strides: [2, 2] });
    let x = pool(conv(images, 0, [2, 2, 2, 2]));
    x = g.reshaped(pool(conv(x, 3, [0, 0, 0, 0])), [-1, 400]);
    x = g.op('Sigmoid', [g.linear(x, 'net.7')]);
    x = g.op('Sigmoid', [g.linear(x, 'net.9')]);
    return g.linear(x, 'net.11');
  },
  resnet(g, [images]) {
    const conv = (x, path, stride, pad) =>
      g.op('Conv', [x, g.weight(`${path}.weight`)], { strides: [stride, stride], pads: [pad, pad, pad, pad] });
    const norm = (x, path) =>
      g.op('BatchNormalization', [x, ...['weight', 'bias', 'running_mean', 'running_var'].map((name) => g.weight(`${path}.${name}`))], {
        epsilon: 1e-5,
      });
    let x = g.op('Relu', [norm(conv(images, 'stem.0', 1, 1), 'stem.1')]);
    for (const block of [0, 1, 2]) {
      const path = `stages.${block}`;
      const stride = block > 0 ? 2 : 1;
      const y = g.op('Relu', [norm(conv(x, `${path}.conv1`, stride, 1), `${path}.bn1`)]);
      const around = block > 0 ? norm(conv(x, `${path}.shortcut.0`, stride, 0), `${path}.shortcut.1`) : x;
      x = g.op('Relu', [g.op('Add', [norm(conv(y, `${path}.conv2`, 1, 1), `${path}.bn2`), around])]);
    }
    return g.linear(g.op('Flatten', [g.op('GlobalAveragePool', [x])]), 'head.2');
  },
  encoder(g, [x], batch) {
    const affine = (from, weight, bias) => {
      // MatMul takes the weight with its axes exchanged; onnxruntime does that once, as it loads.
      const turned = g.op('Transpose', [g.weight(weight)], { perm: [1, 0] });
      return g.op('Add', [g.op('MatMul', [from, turned]), g.weight(bias)]);
    };
    const layer = (from, name) => affine(from, `layer.${name}.weight`, `layer.${name}.bias`);
    const norm = (from, name) =>
      g.op('LayerNormalization', [from, g.weight(`layer.${name}.weight`), g.weight(`layer.${name}.bias`)], { axis: -1, epsilon: 1e-5 });
    const projected = affine(x, 'layer.self_attn.in_proj_weight', 'layer.self_attn.in_proj_bias');
    const parts = g.op('Split', [projected, g.constant('thirds', [3], [64, 64, 64])], { axis: 2 }, 3);
    const heads = (part, perm) => g.op('Transpose', [g.reshaped(part, [batch, 32, 4, 16])], { perm });
    const scores = g.op('MatMul', [heads(parts[0], [0, 2, 1, 3]), heads(parts[1], [0, 2, 3, 1])]);
    const scaled = g.op('Mul', [scores, g.constant('scale', [1], Float32Array.of(0.25))]);
    const mixed = g.op('MatMul', [g.op('Softmax', [scaled], { axis: -1 }), heads(parts[2], [0, 2, 1, 3])]);
    const joined = g.reshaped(g.op('Transpose', [mixed], { perm: [0, 2, 1, 3] }), [batch, 32, 64]);
    const y = norm(g.op('Add', [x, layer(joined, 'self_attn.out_proj')]), 'norm1');
    return norm(g.op('Add', [y, layer(g.op('Relu', [layer(y, 'linear1')]), 'linear2')]), 'norm2');
  },
  matmul: (g, [a, b]) => g.op('MatMul', [a, b]),
  elementwise(g, [v]) {
    const inner = g.op('Add', [
      g.op('Mul', [v, g.constant('half', [1], Float32Array.of(0.5))]),
      g.constant('one', [1], Float32Array.of(1)),
    ]);
    return g.op('Sigmoid', [g.op('Mul', [g.op('Tanh', [inner]), v])]);
  },
  softmax: (g, [x]) => g.op('Softmax', [x], { axis: -1 }),
};

/** The inference of a model on inputs of these shapes, as the bytes of an ONNX file. */
export function onnxModel(model, { weights, turns: [inputs] }) {
  const names = inputs.map((_, i) => `input${i}`);
  const graph = new OnnxGraph(weights);
  const output = graphs[model](graph, names, inputs[0].shape[0]);
  const elemType = TensorProto.DataType.FLOAT;
  const described = (name, shape) => {
    const tensorType = { elemType, ...(shape && { shape: { dim: shape.map((size) => ({ dimValue: size })) } }) };
    return ValueInfoProto.create({ name, type: TypeProto.create({ tensorType }) });
  };
  const message = ModelProto.create({
    irVersion: 8,
    opsetImport: [{ domain: '', version: 17 }],
    graph: GraphProto.create({
      name: model,
      node: graph.nodes,
      initializer: graph.initializers,
      input: names.map((name, i) => described(name, inputs[i].shape)),
      output: [described(output)],
    }),
  });
  return ModelProto.encode(message).finish();
}
