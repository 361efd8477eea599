import { existsSync } from 'node:fs';

/** The folder of this package, as a URL that ends in a slash: the nearest one above this file with a package.json. */
export function packageRoot(): URL {
  let folder = new URL('./', import.meta.url);
  while (!existsSync(new URL('package.json', folder))) {
    const above = new URL('../', folder);
    if (above.href === folder.href) throw new Error('the package.json of kilnn is missing');
    folder = above;
  }
  return folder;
}
