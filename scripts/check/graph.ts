import { posix } from 'node:path';
import type { Import } from './module.ts';
import type { Tree } from './tree.ts';

/** The file that a relative path means in `from`, or undefined when there is none in the repository. */
export function resolvePath(tree: Tree, from: string, path: string): string | undefined {
  const target = posix.join(posix.dirname(from), path);
  return [target, `${target}.ts`, `${target}.mjs`].find((each) => tree.files.has(each));
}

/** The file that an import means, or undefined for a package. */
export function resolveImport(tree: Tree, from: string, { specifier }: Import): string | undefined {
  return specifier.startsWith('.') ? resolvePath(tree, from, specifier) : undefined;
}

/** Which files of code each one imports, types included. */
export function importGraph(tree: Tree): Map<string, Set<string>> {
  const graph = new Map<string, Set<string>>();
  for (const [file, { imports }] of tree.modules) {
    const targets = imports.map((each) => resolveImport(tree, file, each)).filter((each) => each !== undefined);
    graph.set(file, new Set(targets.filter((each) => tree.modules.has(each))));
  }
  return graph;
}

/** `hono` of `hono/streaming`, `@scope/name` of `@scope/name/part`. */
export function packageName(specifier: string): string {
  return specifier.split('/').slice(0, specifier.startsWith('@') ? 2 : 1).join('/');
}
