/** The command as results show it: where a Node lies on this machine is nobody's business, its version is. `node`: `v24.1.0`. */
export function commandText(args: readonly string[], node: string): string {
  const place = `path/to/node${/^v(\d+)/.exec(node)?.[1] ?? ''}`;
  const shown = args.map((arg, i) => {
    if (args[i - 1] === '--node') return place;
    return arg.startsWith('--node=') ? `--node=${place}` : arg;
  });
  return ['npm run bench', ...(shown.length > 0 ? ['--', ...shown] : [])].join(' ');
}
