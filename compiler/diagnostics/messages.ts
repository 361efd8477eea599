import type { Diagnostic } from './diagnostic.js';

/** What a message says, before it has a place. */
export type Message = Pick<Diagnostic, 'code' | 'severity' | 'message'> & { readonly hint?: string };

function error(code: string, message: string, hint?: string): Message {
  return { code, severity: 'error', message, ...(hint !== undefined && { hint }) };
}

function warning(code: string, message: string, hint?: string): Message {
  return { code, severity: 'warning', message, ...(hint !== undefined && { hint }) };
}

function meant(suggestion: string | undefined): string | undefined {
  return suggestion === undefined ? undefined : `did you mean '${suggestion}'?`;
}

// KN10xx: the language. What the build does not evaluate; LANGUAGE.md lists it.

export const unsupportedSyntax = (what: string, instead?: string): Message =>
  error('KN1001', `${what} cannot be evaluated while a model is built`, instead);

export const unknownName = (name: string, suggestion?: string): Message =>
  error(
    'KN1002',
    `'${name}' is not defined`,
    meant(suggestion) ?? 'only the language itself, imported TypeScript and kilnn are known to the build',
  );

export const notDeterministic = (name: string): Message =>
  error(
    'KN1003',
    `'${name}' would give every build another result`,
    "draw random tensors with kilnn's rand, randn or nn.init: they follow the model's seed",
  );

export const notAvailable = (name: string, instead?: string): Message =>
  error(
    'KN1004',
    `'${name}' is not available while a model is built`,
    instead ?? 'builds are hermetic: they read the source, and nothing else',
  );

export const tooManySteps = (limit: number): Message =>
  error(
    'KN1005',
    `the evaluation takes more than ${limit.toLocaleString('en')} steps`,
    'does this loop end? The option stepLimit allows more steps',
  );

export const tooDeep = (dependsOnTensors = false): Message =>
  error(
    'KN1006',
    'functions call each other too deeply',
    dependsOnTensors ? 'whether this recursion ends depends on the values of tensors: write it as a loop' : 'does this recursion end?',
  );

export const notSource = (specifier: string): Message =>
  error(
    'KN1007',
    `'${specifier}' has no TypeScript source that the build could evaluate`,
    'a model is built from TypeScript: its own files, what they import by path, and kilnn',
  );

export const unknownDecorator = (name: string): Message =>
  error('KN1008', `the decorator '${name}' is not known`, 'the decorators of a model are @model, @loss and @entry of kilnn');

export const builtinChanged = (): Message =>
  error('KN1009', 'the built-in objects of the language cannot be changed while a model is built');

export const noSuchExport = (name: string, specifier: string, suggestion?: string): Message =>
  error('KN1010', `'${specifier}' has no export named '${name}'`, meant(suggestion));

// KN11xx: what JavaScript itself would throw.

export const propertyOfNothing = (value: 'undefined' | 'null', property: string, expression: string): Message =>
  error('KN1101', `cannot read '${property}' of ${value}`, `'${expression}' is ${value} here`);

export const notCallable = (expression: string, found: string, suggestion?: string): Message =>
  error('KN1102', `'${expression}' is not a function: it is ${found}`, meant(suggestion));

export const uncaught = (name: string, message: string): Message => error('KN1103', message === '' ? name : `${name}: ${message}`);

export const notConstructor = (expression: string): Message => error('KN1104', `'${expression}' is not a class: 'new' cannot make one`);

// KN12xx: sizes and tensor values that are known at run time only.

export const sizeUndecided = (comparison: string, dim: string): Message =>
  error(
    'KN1201',
    `'${comparison}' depends on the size of '${dim}', which is known at run time only`,
    `a model is built once for all sizes of a named dim; write the number in the parameter's type if the size is fixed`,
  );

export const sizeNotNumber = (dim: string, use: string): Message =>
  error(
    'KN1202',
    `the size '${dim}' is known at run time only, but ${use} needs a number`,
    'sizes of named dims may be added, subtracted, multiplied, divided by Math.floor(a / b), compared and given as shapes',
  );

export const tensorCondition = (expression: string): Message =>
  error(
    'KN1203',
    `'${expression}' needs the value of a tensor, which is known at run time only`,
    'numbers of tensors may be computed with, compared, given to tensor operations and used in the conditions of if, ?:, &&, ||, while, do, for and switch',
  );

export const sizeNotWhole = (dim: string): Message =>
  error('KN1204', `'${dim}' may not be a whole number`, 'sizes are whole: round with Math.floor');

export const differsByBranch = (
  name: string,
  { condition, first, second }: Readonly<Record<'condition' | 'first' | 'second', string>>,
): Message =>
  error(
    'KN1205',
    `'${name}' is ${first} where '${condition}' holds and ${second} where it does not`,
    'which of them it is, is known at run time only: make them tensors of one type, numbers, or lists and objects of these',
  );

export const differsByTurn = (
  name: string,
  { first, second, grows }: { readonly first: string; readonly second: string; readonly grows: boolean },
): Message => error('KN1206', `'${name}' is ${first} before the loop and ${second} after a turn of it`, turnHint(first, grows));

function turnHint(first: string, grows: boolean): string {
  if (grows)
    return 'how many turns there are is known at run time only, and so would be the length: make a tensor for all of them before the loop, and write out.select(0, i).copy_(x) in each';
  if (first === 'null' || first === 'undefined')
    return 'give it a value before the loop that is what the turns make of it: zeros of that shape, or the first turn itself';
  return 'how many turns there are is known at run time only: what a turn changes has to keep its type and shape';
}

export const throwInBranch = (condition: string): Message =>
  error(
    'KN1207',
    'whether this is thrown is known at run time only',
    `'${condition}' depends on the value of a tensor, and a built model cannot throw: return a value that says so`,
  );

export const outOfRegion = (): Message =>
  error(
    'KN1208',
    'this tensor was computed in a branch or a loop that depends on the value of a tensor, and is used outside of it',
    'assign it to a variable that both branches, or the code before the loop, give a tensor of the same type',
  );

export const tooManyEnds = (turns: number): Message =>
  error(
    'KN1209',
    `this loop may end after each of its turns, and more than ${turns} turns were evaluated one by one`,
    'let its counter be used in ways that a tensor can be: x.select(0, i) instead of list[i]',
  );

export const unsettledLoop = (): Message =>
  error('KN1210', 'what this loop carries from turn to turn does not settle', 'carry tensors and numbers, not structures that grow');

export const indexByTensor = (index: string): Message =>
  error(
    'KN1211',
    `'${index}' depends on the value of a tensor and cannot choose from a list while the model is built`,
    'put the items into one tensor (stack(items)) and take one of them with select(0, index)',
  );

export const tensorAlwaysTrue = (expression: string): Message =>
  error(
    'KN1212',
    `'${expression}' is a tensor, and a tensor is always true as a condition`,
    'ask for the value of its only element with .item(), after .all() or .any() where there are many, or choose by where(condition, a, b)',
  );

export const tensorSigned = (expression: string, tensor: string): Message =>
  error(
    'KN1217',
    `'${expression}' is not a tensor: operators do not compute with tensors`,
    `write ${tensor}.neg(), or .logicalNot() of booleans`,
  );

export const changedElsewhere = (change: string): Message =>
  error(
    'KN1214',
    `'${change}' changes something that may be the same as something else, which depends on a tensor, and that is used afterwards`,
    'make a new one instead: x = x.add(1), or change a copy: x = x.clone()',
  );

export const iteratorMoved = (name: string): Message =>
  error(
    'KN1215',
    `how far '${name}' has moved on is known at run time only: it moves on in a loop or a branch that depends on a tensor`,
    'make the iterator within the loop or the branch, or count, and take items of stack(items) with select(0, index)',
  );

export const ruleChanges = (name: string): Message =>
  error(
    'KN1216',
    `a gradient rule changes '${name}', and nothing runs the rule but the way back`,
    'a rule computes the cotangents of its inputs and nothing else: return what it finds',
  );

export const usedAsRows = (name: string): Message =>
  error(
    'KN1218',
    `'${name}' has items for every turn of a loop, and how many turns there are is known at run time only`,
    'join them to one tensor: stack(list) or cat(list). The length, list[i], list.at(i) and push are there, too',
  );

export const rowsDiffer = (): Message =>
  error(
    'KN1219',
    'the tensors of this list differ in type, and a loop has added as many of them as it has turns',
    'all need one shape and dtype',
  );

export const outsideOfRows = (position: string, length: string): Message =>
  error('KN1220', `there is no item ${position} in a list of ${length}`, 'the last one is list[list.length - 1]');

export const wrongLoopLimit = (found: string): Message =>
  error('KN1213', `the 'loopLimit' of @model is ${found}`, 'give the most turns that a loop may make, a whole number above 0');

// KN13xx: tensor operations.

export const wrongOperation = (message: string, hint?: string): Message => error('KN1301', message, hint);

export const unreachableTensor = (what: string): Message =>
  error(
    'KN1302',
    `this tensor was computed ${what}, where an entry cannot reach it`,
    "keep it as a buffer (this.registerBuffer('name', tensor)) or compute it in the method that uses it",
  );

export const randomWithoutSeed = (where: string): Message =>
  error('KN1303', `random numbers cannot be drawn ${where}`, 'draw them in the constructor or in a method of the model');

export const indexOutOfRange = (found: number, size: number): Message =>
  error('KN1304', `the index ${found} is out of range for ${size} positions`, `positions are 0 to ${size - 1}`);

// KN20xx: models.

export const notRegistered = (path: string | undefined): Message =>
  error(
    'KN2001',
    path === undefined ? 'this parameter is used but not registered' : `the parameter '${path}' is used but not registered`,
    path === undefined
      ? 'parameters and layers are made in the constructor (or as fields) and assigned to a field of the module'
      : 'arrays, objects and maps of layers are not searched: use nn.ModuleList, nn.ModuleDict, nn.ParameterList or nn.ParameterDict',
  );

export const dotInName = (name: string): Message =>
  error(
    'KN2002',
    `the name '${name}' contains a dot`,
    "dots separate the levels of state names such as 'hidden.weight': choose another name",
  );

export const cyclicModule = (path: string): Message =>
  error('KN2003', `the module '${path}' contains itself`, 'a module may be shared, but not be its own ancestor');

export const noContract = (entry: string, parameter: string): Message =>
  error(
    'KN2004',
    `'${entry}' does not say the shape of '${parameter}'`,
    `write its type with a shape, for example ${parameter}: Tensor<['batch', 28, 28]>`,
  );

export const notTensorParameter = (entry: string, parameter: string, type: string): Message =>
  error(
    'KN2005',
    `the parameter '${parameter}' of '${entry}' is of type ${type}, not a Tensor`,
    'entries take tensors; make settings fields of the class',
  );

export const resultMismatch = (declared: string, inferred: string, part: string): Message =>
  error('KN2006', `the declared result ${part}is ${declared}, but the method computes ${inferred}`, 'correct the type or the computation');

export const lossNotScalar = (found: string): Message =>
  error('KN2007', `a loss must be a float tensor without dims, this one is ${found}`, 'reduce it, for example with .mean() or .sum()');

export const resultNotTensor = (entry: string, found: string): Message =>
  error('KN2008', `'${entry}' returns ${found}`, 'entries return a tensor, or an object or tuple of tensors');

export const notModule = (name: string): Message => error('KN2009', `'${name}' is marked @model but does not extend nn.Module`);

export const noEntry = (name: string): Message =>
  error('KN2010', `'${name}' has neither a forward nor a method marked @entry or @loss`, 'a model needs at least one method that computes');

export const constructorNeedsArguments = (name: string, parameter: string): Message =>
  error(
    'KN2011',
    `the build makes '${name}' without arguments, but '${parameter}' has no default`,
    'give every constructor parameter a default value',
  );

export const duplicateModel = (name: string): Message => error('KN2012', `there are two models named '${name}' in this build`);

export const plainContainer = (path: string, kind: string): Message =>
  warning(
    'KN2013',
    `'${path}' is ${kind} that holds modules or parameters: they are not registered`,
    'use nn.ModuleList, nn.ModuleDict, nn.ParameterList or nn.ParameterDict',
  );

export const bufferChangedInEval = (name: string, entry: string): Message =>
  warning(
    'KN2014',
    `'${entry}' changes the buffer '${name}' outside of training: built modules update buffers in training steps only`,
    "mark a method that is to change it @entry({ mode: 'train' })",
  );

export const wrongOptimizer = (found: string): Message =>
  error('KN2015', `the optimizer is ${found}`, 'give an optimizer of kilnn, for example @model({ optimizer: new optim.SGD({ lr: 0.1 }) })');

export const wrongGradients = (found: string): Message =>
  error(
    'KN2026',
    `the function 'gradients' of @model returns ${found}`,
    'return an object with a gradient of the same shape for each of the names that it is given: (gradients) => nn.utils.clipGradNorm(gradients, 1)',
  );

export const wrongSchedule = (found: string): Message =>
  error(
    'KN2027',
    `the schedule is ${found}`,
    'give a function that makes a schedule of kilnn: @model({ schedule: (optimizer) => new optim.lrScheduler.StepLR(optimizer, 30) })',
  );

export const wrongScheduleEvery = (found: string): Message =>
  error('KN2028', `scheduleEvery is ${found}`, "it is 'epoch', where net.schedule.step() moves the schedule on, or 'step'");

export const wrongMode = (found: string): Message =>
  error('KN2029', `the mode of a method is ${found}`, "it is 'train' or 'eval': @entry({ mode: 'train' })");

export const wrongInputs = (found: string, known: readonly string[]): Message =>
  error(
    'KN2035',
    `inputs is ${found}, not a list of float arguments`,
    known.length === 0 ? 'the method has no argument of floats' : `arguments of floats are ${known.map((name) => `'${name}'`).join(', ')}`,
  );

export const notExported = (name: string): Message => error('KN2016', `the model '${name}' is not exported`, `write: export class ${name}`);

export const optionalParameter = (entry: string, parameter: string): Message =>
  error(
    'KN2017',
    `the parameter '${parameter}' of '${entry}' may be missing`,
    'a built method has one signature: make it required, or write a second method marked @entry',
  );

export const noModels = (files: string): Message =>
  error('KN2018', `there is no exported class marked @model in ${files}`, 'write: @model() export class Net extends nn.Module { ... }');

export const stateLost = (field: string, entry: string): Message =>
  warning(
    'KN2019',
    `'${entry}' assigns '${field}': only tensors of buffers are kept from call to call`,
    'make it a buffer to keep it, or a local variable',
  );

export const parameterReplaced = (name: string, entry: string): Message =>
  error(
    'KN2020',
    `'${entry}' changes the parameter '${name}'`,
    'a method leaves parameters as they are, and the optimizer changes them: compute with a new tensor, or keep the value in a buffer, which training may change',
  );

export const thawed = (name: string, entry: string): Message =>
  error(
    'KN2036',
    `'${entry}' asks for the gradient of '${name}', which the constructor has frozen`,
    'the constructor says which parameters are trained: leave this one as it was made, and where a part of a loss is not to train it, use detach()',
  );

export const reservedEntry = (name: string): Message =>
  error('KN2021', `a built model has a '${name}' of its own: an entry cannot have that name`, 'rename the method');

// KN40xx: the build around the models.

export const notDifferentiable = (loss: string, reason: string, hint?: string): Message =>
  error('KN4001', `the loss '${loss}' has no gradient: ${reason}`, hint);

export const overwrittenValue = (op: string, which: 'input' | 'result', type: string): Message =>
  error(
    'KN4010',
    `the gradient of this ${op} needs its ${which} ${type}, which is changed in place later`,
    'change a copy: x.clone().add_(1), or compute a new tensor: x.add(1)',
  );

export const sameModule = (path: string, models: readonly string[]): Message =>
  error('KN4002', `${models.join(' and ')} would both be written to ${path}`, 'build them into different folders, or rename a file');

export const notWritable = (path: string, reason: string): Message => error('KN4003', `${path} cannot be written: ${reason}`);

export const notReadable = (path: string, reason: string): Message => error('KN4004', `${path} cannot be read: ${reason}`);

export const oneModelExpected = (file: string, found: readonly string[]): Message =>
  error(
    'KN4005',
    `${file} has ${found.length} models (${found.join(', ')})`,
    'weights are frozen into one model: give each a file of its own',
  );

export const noTensors = (file: string, prefix: string, names: readonly string[]): Message =>
  names.length
    ? error(
        'KN4007',
        `no tensor in ${file} has a name that begins with '${prefix}'`,
        `there are ${names.slice(0, 5).join(', ')}${names.length > 5 ? ', ...' : ''}`,
      )
    : error('KN4008', `there are no tensors in ${file}`);

export const becameInfinite = (name: string, count: number, dtype: string): Message =>
  warning(
    'KN4009',
    `${count === 1 ? 'an element' : `${count} elements`} of '${name}' became infinite: ${dtype} does not hold them`,
    'bf16 and f32 reach 3.4e38',
  );

export const wrongWeights = (file: string, message: string): Message =>
  error(
    'KN4006',
    `the weights in ${file} are not this model's: ${message}`,
    'freeze takes the state dictionary of the same class, as saveSafetensors writes it',
  );

export const wrongDim = (dim: string): Message => error('KN2022', `'${dim}' is not a size`, 'sizes are whole numbers from 0, or names');

export const argumentNamedLikeState = (name: string, entry: string): Message =>
  error('KN2023', `the parameter '${name}' of '${entry}' has the name of a part of the model's state`, 'rename the parameter');

export const plainParameter = (name: string): Message =>
  error(
    'KN2034',
    `a tensor takes the place of the parameter '${name}', which would not be registered any more`,
    'make it a parameter, new nn.Parameter(tensor), or change the values alone: parameter.copy_(tensor) within noGrad',
  );

export const fileNotFound = (file: string): Message => error('KN2024', `there is no file '${file}'`);

export const entryNotPublic = (name: string): Message =>
  error('KN2025', `'${name}' is not public`, 'entries are called from outside: remove private or protected');
