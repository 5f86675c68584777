import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join, posix } from 'node:path';
import { plainContract, typesFile } from './plain-contract.ts';

const imported = /((?:from|import\()\s*['"])(\.[^'"]+)(['"])/g;

/**
 * Copies declarations from `from` to `to`: those of the entries, by their paths, and all that these refer to, without
 * zod.
 *
 * @throws {Error} when one refers to a package that is not among `packages`
 */
export function copyDeclarations(
  from: string, to: string, entries: readonly string[], packages: readonly string[],
): void {
  const done = new Set<string>();
  const todo = [...entries];
  for (let path = todo.pop(); path !== undefined; path = todo.pop()) {
    if (done.has(path)) continue;
    done.add(path);
    const text = path === typesFile ? '' : readFileSync(join(from, path), 'utf8');
    const own = plainContract(path, text) ?? text;
    for (const [, name = ''] of own.matchAll(/(?:from|import\()\s*['"]([^.'"][^'"]*)['"]/g)) {
      if (!packages.includes(name)) throw new Error(`${path} refers to ${name}`);
    }
    const written = own.replaceAll(imported, (_, before: string, file: string, after: string) => {
      todo.push(posix.join(posix.dirname(path), file.replace(/\.(ts|js)$/, '.d.ts')));
      return before + file.replace(/\.ts$/, '.js') + after;
    });
    mkdirSync(dirname(join(to, path)), { recursive: true });
    writeFileSync(join(to, path), written);
  }
}
