/**
 * A JSON object. Unlike `JSON.parse` it refuses a name that occurs twice in one object, at any depth. `fail` makes the error of a
 * problem ("is not JSON: ...").
 */
export function parseUniqueJson(text: string, fail: (problem: string) => Error): Record<string, unknown> {
  let parsed: Record<string, unknown>;
  try {
    parsed = JSON.parse(text) as Record<string, unknown>;
  } catch (error) {
    throw fail(`is not JSON: ${(error as Error).message}`);
  }
  // The text is valid JSON, so its strings and brackets are all there is to look at.
  const open: (Set<string> | undefined)[] = [];
  for (const [all, string, colon] of text.matchAll(/("(?:[^"\\]|\\.)*")(\s*:)?|[{}[\]]/g)) {
    const token = string ?? all;
    if (token === '{') open.push(new Set());
    else if (token === '[') open.push(undefined);
    else if (token === '}' || token === ']') open.pop();
    else if (colon) {
      const name = JSON.parse(token) as string;
      const seen = open.at(-1)!;
      if (seen.has(name)) throw fail(`has the name '${name}' twice in one object`);
      seen.add(name);
    }
  }
  return parsed;
}
