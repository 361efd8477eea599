import { elementsText } from '../../runtime/print.js';
import { Parameter, type Tensor } from './dsl.js';
import { eagerValue } from './eager-value.js';

/** As PyTorch prints it, with how it was computed or that it is followed for gradients. */
export function tensorText(tensor: Tensor): string {
  const { data, step } = eagerValue(tensor);
  const suffixes: string[] = [];
  if (step !== undefined) suffixes.push(`grad_fn=<${gradientName(step.op)}>`);
  else if (tensor.requiresGrad) suffixes.push('requires_grad=True');
  const text = elementsText(data, suffixes);
  return tensor instanceof Parameter ? `Parameter containing:\n${text}` : text;
}

const gradientNames: Readonly<Record<string, string>> = {
  contract: 'Mm',
  reduceSum: 'Sum',
  reduceProd: 'Prod',
  reshape: 'View',
  broadcast: 'Expand',
};

function gradientName(op: string): string {
  return `${gradientNames[op] ?? op[0]!.toUpperCase() + op.slice(1)}Backward0`;
}
