import { publishedFiles, reachedFiles } from './entries.ts';
import { resolveImport } from './graph.ts';
import { ALL } from './module.ts';
import type { Check, Finding, Tree } from './tree.ts';

export const unusedFiles: Check = {
  name: 'every file of code is reached from a program or a test',
  find(tree) {
    const reached = reachedFiles(tree);
    const message = 'is neither imported nor named by package.json, a deployment or a script: use it or delete it';
    return [...tree.modules.keys()].filter((file) => !reached.has(file)).map((file) => ({ file, message }));
  },
};

export const deadExports: Check = {
  name: 'every export is imported somewhere',
  find(tree) {
    const used = usedNames(tree);
    const reached = reachedFiles(tree);
    const published = publishedFiles(tree);
    const findings: Finding[] = [];
    for (const [file, module] of tree.modules) {
      if (published.has(file) || !reached.has(file)) continue;
      // What loads a file by its path, as Vitest loads a reporter, takes the default export.
      const names = used.get(file) ?? new Set(['default']);
      if (names.has(ALL)) continue;
      const alive = withMentioned(tree, file, names);
      for (const { name, line } of module.exports) {
        const message = `exports ${name}, which nothing imports: take the "export" away, or the whole of it`;
        if (!alive.has(name)) findings.push({ file, line, message });
      }
    }
    return findings;
  },
};

/** The names that each file's importers take from it, re-exports followed to where the name is declared. */
function usedNames(tree: Tree): Map<string, Set<string>> {
  const used = new Map<string, Set<string>>();
  const use = (file: string, name: string): void => {
    const names = used.get(file) ?? new Set();
    if (names.has(name)) return;
    used.set(file, names.add(name));
    for (const each of tree.modules.get(file)?.imports ?? []) {
      const target = resolveImport(tree, file, each);
      if (target === undefined || each.reexportedAs === undefined) continue;
      for (const [index, exported] of each.reexportedAs.entries()) {
        const source = each.names[index] ?? ALL;
        if (exported === name || (name === ALL && exported !== ALL)) use(target, source);
        else if (exported === ALL) use(target, name);
      }
    }
  };
  const published = publishedFiles(tree);
  for (const [file, module] of tree.modules) {
    if (published.has(file)) use(file, ALL);
    for (const each of module.imports) {
      const target = resolveImport(tree, file, each);
      if (target === undefined || each.reexportedAs !== undefined) continue;
      if (file.startsWith('test/') && mustBeUsedBySource(target)) continue;
      for (const name of each.names) use(target, name);
    }
  }
  return used;
}

/**
 * What only a test uses is not used, but for the suites that tests are made of, and for what is exported so that its
 * statements can be explained.
 */
function mustBeUsedBySource(file: string): boolean {
  const forTests = /^src\/(testing\/|stores\/(postgres|sqlite)\/(database|migrate|statement)\.ts$)/;
  return file.startsWith('src/') && !forTests.test(file);
}

/** A type that only stands in the signature of something used is part of that. */
function withMentioned(tree: Tree, file: string, names: ReadonlySet<string>): Set<string> {
  const exports = tree.modules.get(file)?.exports ?? [];
  const alive = new Set(names);
  for (const name of alive) {
    for (const each of exports.filter((candidate) => candidate.name === name)) {
      for (const mentioned of each.mentions) alive.add(mentioned);
    }
  }
  return alive;
}
