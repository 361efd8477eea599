"""Writes torch-models.json: the sample models in PyTorch, their names, texts and numbers. Run by hand, with PyTorch, in this folder; then npm run format."""
import torch, json, math, inspect
from torch import nn
import torch.nn.functional as F
torch.set_num_threads(1)

# The text of golden/numbers' version: later ones fold equal modules of a list, and name the bias of a norm.
nn.ModuleList.__repr__ = nn.Module.__repr__
for norm in (nn.LayerNorm, nn.BatchNorm2d):
    norm.extra_repr = lambda self, later=norm.extra_repr: later(self).replace(', bias=True', '')

class DropoutMlp(nn.Module):
    def __init__(self, hidden, drop):
        super().__init__()
        self.net = nn.Sequential(nn.Flatten())
        inputs = 28 * 28
        for units, p in zip(hidden, drop):
            self.net.extend([nn.Linear(inputs, units), nn.ReLU(), nn.Dropout(p)])
            inputs = units
        self.net.append(nn.Linear(inputs, 10))
    def forward(self, x):
        return self.net(x)
    def objective(self, x, y):
        return F.cross_entropy(self(x), y)

class Residual(nn.Module):
    def __init__(self, inputs, outputs, stride=1):
        super().__init__()
        self.conv1 = nn.Conv2d(inputs, outputs, 3, stride=stride, padding=1, bias=False)
        self.bn1 = nn.BatchNorm2d(outputs)
        self.conv2 = nn.Conv2d(outputs, outputs, 3, padding=1, bias=False)
        self.bn2 = nn.BatchNorm2d(outputs)
        self.shortcut = None
        if stride != 1 or inputs != outputs:
            self.shortcut = nn.Sequential(nn.Conv2d(inputs, outputs, 1, stride=stride, bias=False), nn.BatchNorm2d(outputs))
    def forward(self, x):
        y = F.relu(self.bn1(self.conv1(x)))
        around = x if self.shortcut is None else self.shortcut(x)
        return F.relu(self.bn2(self.conv2(y)) + around)

class ResNet(nn.Module):
    def __init__(self, channels, blocks):
        super().__init__()
        inputs = channels[0]
        self.stem = nn.Sequential(nn.Conv2d(1, inputs, 3, padding=1, bias=False), nn.BatchNorm2d(inputs), nn.ReLU())
        self.stages = nn.Sequential()
        for stage, outputs in enumerate(channels):
            for block in range(blocks):
                self.stages.append(Residual(inputs, outputs, 2 if stage > 0 and block == 0 else 1))
                inputs = outputs
        self.head = nn.Sequential(nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(inputs, 10))
    def forward(self, x):
        return self.head(self.stages(self.stem(x)))
    def objective(self, x, y):
        return F.cross_entropy(self(x), y)

class LstmClassifier(nn.Module):
    def __init__(self, hidden, layers):
        super().__init__()
        self.lstm = nn.LSTM(28, hidden, num_layers=layers, batch_first=True)
        self.output = nn.Linear(hidden, 10)
    def forward(self, rows):
        return self.output(self.lstm(rows)[0][:, -1])
    def objective(self, rows, y):
        return F.cross_entropy(self(rows), y)

class Encoder(nn.Module):
    def __init__(self, vocabulary, hidden):
        super().__init__()
        self.embedding = nn.Embedding(vocabulary, hidden, padding_idx=0)
        self.lstm = nn.LSTM(hidden, hidden, batch_first=True)
    def forward(self, tokens):
        return self.lstm(self.embedding(tokens))[1]

class Decoder(nn.Module):
    def __init__(self, vocabulary, hidden):
        super().__init__()
        self.embedding = nn.Embedding(vocabulary, hidden, padding_idx=0)
        self.lstm = nn.LSTM(hidden, hidden, batch_first=True)
        self.output = nn.Linear(hidden, vocabulary)
    def forward(self, tokens, state):
        outputs, state = self.lstm(self.embedding(tokens), state)
        return self.output(outputs), state

class Seq2Seq(nn.Module):
    def __init__(self, vocabulary, hidden):
        super().__init__()
        self.encoder = Encoder(vocabulary, hidden)
        self.decoder = Decoder(vocabulary, hidden)
    def forward(self, source, target):
        return self.decoder(target[:, :-1], self.encoder(source))[0]
    def objective(self, source, target):
        return F.cross_entropy(self(source, target).flatten(0, 1), target[:, 1:].flatten(), ignore_index=0)

class PositionalEncoding(nn.Module):
    def __init__(self, length, features):
        super().__init__()
        frequency = torch.exp(torch.arange(0, features, 2) * (-math.log(10000.0) / features))
        angle = torch.arange(length).unsqueeze(1) * frequency
        encoding = torch.zeros(length, features)
        encoding[:, 0::2] = torch.sin(angle)
        encoding[:, 1::2] = torch.cos(angle)
        self.register_buffer('encoding', encoding)
    def forward(self, x):
        return x + self.encoding

class TransformerClassifier(nn.Module):
    def __init__(self, length, features, heads, layers, dropout):
        super().__init__()
        self.embedding = nn.Embedding(1000, features, padding_idx=0)
        self.position = PositionalEncoding(length, features)
        self.layers = nn.ModuleList(nn.TransformerEncoderLayer(features, heads, 4 * features, dropout, batch_first=True) for _ in range(layers))
        self.output = nn.Linear(features, 2)
    def forward(self, tokens):
        mask = tokens == 0
        x = self.position(self.embedding(tokens))
        for layer in self.layers:
            x = layer(x, src_key_padding_mask=mask)
        kept = (~mask).float().unsqueeze(-1)
        return self.output((x * kept).sum(1) / kept.sum(1))
    def objective(self, tokens, y):
        return F.cross_entropy(self(tokens), y)

class TransposedLinear(nn.Module):
    def __init__(self, weight):
        super().__init__()
        self.weight = weight
        self.bias = nn.Parameter(torch.zeros(weight.shape[1]))
    def forward(self, x):
        return F.linear(x, self.weight.t(), self.bias)

class TiedAutoencoder(nn.Module):
    def __init__(self, code):
        super().__init__()
        self.flatten = nn.Flatten()
        self.encoder = nn.Linear(28 * 28, code)
        self.decoder = TransposedLinear(self.encoder.weight)
    def forward(self, x):
        return torch.sigmoid(self.decoder(F.relu(self.encoder(self.flatten(x))))).unflatten(1, (28, 28))
    def objective(self, x):
        return F.mse_loss(self(x), x)

# Arguments and initial values follow formulas, which the test repeats.
def real(*shape):
    def make(step):
        n = math.prod(shape)
        return torch.cos(torch.arange(n, dtype=torch.float64) * 0.9 + step).float().reshape(shape)
    return make, {'dtype': 'f32', 'shape': shape}
def integers(below, *shape):
    def make(step):
        return ((torch.arange(math.prod(shape)) * 7 + 3 + step) % below).reshape(shape)
    return make, {'dtype': 'i32', 'shape': shape, 'below': below}

cases = [
  (DropoutMlp, dict(hidden=[7, 5], drop=[0.0, 0.0]), [real(3, 28, 28), integers(10, 3)], ('SGD', dict(lr=0.1))),
  (ResNet, dict(channels=[3, 4], blocks=2), [real(3, 1, 7, 6), integers(10, 3)], ('SGD', dict(lr=0.05, momentum=0.9, weight_decay=1e-3))),
  (LstmClassifier, dict(hidden=5, layers=2), [real(3, 4, 28), integers(10, 3)], ('Adam', dict(lr=0.01))),
  (Seq2Seq, dict(vocabulary=7, hidden=4), [integers(7, 3, 3), integers(7, 3, 4)], ('Adam', dict(lr=0.01))),
  (TransformerClassifier, dict(length=5, features=8, heads=2, layers=2, dropout=0.0), [integers(11, 3, 5), integers(2, 3)], ('SGD', dict(lr=0.05, momentum=0.9))),
  (TiedAutoencoder, dict(code=6), [real(3, 28, 28)], ('Adam', dict(lr=0.01))),
]
def sample(t):
    flat = t.detach().double().flatten()
    n = flat.numel()
    at = range(n) if n <= 12 else [(i * 7919) % n for i in range(12)]
    return [float(f'{flat[i].item():.7g}') for i in at]
out = []
for cls, options, args, (opt, hyper) in cases:
    net = cls(**options)
    k = 0
    with torch.no_grad():
        for name, p in net.named_parameters():
            k += 1
            p.copy_((0.3 * torch.sin(torch.arange(p.numel(), dtype=torch.float64) * 1.7 + k)).reshape(p.shape))
    given = lambda step: [make(step) for make, _ in args]
    inputs = given(0)[:len(inspect.signature(cls.forward).parameters) - 1]
    net.eval(); evaluated = sample(net(*inputs)); net.train()
    o = getattr(torch.optim, opt)(net.parameters(), **hyper)
    losses = []; gradients = None
    for step in range(3):
        o.zero_grad(); l = net.objective(*given(step)); l.backward(); o.step(); losses.append(l.item())
        if step == 0: gradients = {n: sample(p.grad) for n, p in net.named_parameters()}
    net.eval()
    out.append(dict(model=cls.__name__, options=options, optimizer=opt, hyper=hyper, arguments=[a for _, a in args], print=str(net),
      parameters=[n for n, _ in net.named_parameters()],
      state=[dict(name=n, shape=list(t.shape), trained=sample(t)) for n, t in net.state_dict().items()], evaluated=evaluated, losses=losses, gradients=gradients, after=sample(net(*inputs))))
with open('torch-models.json', 'w') as file:
    file.write('{"torch":"%s","cases":[\n' % torch.__version__)
    file.write(',\n'.join(json.dumps(case, separators=(',', ':')) for case in out))
    file.write('\n]}\n')
