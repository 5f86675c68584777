import { resolveImport, resolvePath } from './graph.ts';
import type { Tree } from './tree.ts';

/** Files that name programs: what they name is started from outside, and is not imported. */
const NAMES_PROGRAMS = /(^|\/)(package\.json|Dockerfile[\w.-]*|[\w.-]+\.(ya?ml|jsonc?|toml|sh|html))$|^\.ci\//;
/** Measurements and examples may be started by hand, as a document next to them says. */
const BY_HAND = /^(bench|examples|scripts)\//;

/** Files whose exports are for others than this repository: named by package.json or by a deployment. */
export function publishedFiles(tree: Tree): Set<string> {
  const found = new Set([...tree.modules.keys()].filter((file) => /^[\w.-]+\.config\.(ts|js|mjs)$/.test(file)));
  for (const [file, text] of tree.texts) {
    if (file === 'package.json') addNamed(tree, found, JSON.stringify(entryFields(text)));
    else if (/^deploy\/.*\.(jsonc?|toml)$/.test(file)) addNamed(tree, found, text, file);
  }
  return found;
}

/** Every file of code that something starts or imports. */
export function reachedFiles(tree: Tree): Set<string> {
  const reached = publishedFiles(tree);
  // The compiler takes declarations for everybody (*.d.ts) from its folders.
  for (const file of tree.modules.keys()) if (/\.(test|d)\.ts$/.test(file)) reached.add(file);
  for (const [file, text] of tree.texts) {
    if (!tree.modules.has(file) && NAMES_PROGRAMS.test(file)) addNamed(tree, reached, text, file);
    if (file.endsWith('.md')) addNamed(tree, reached, text, file, (named) => BY_HAND.test(named));
  }
  // A Set goes on to what is added while it is gone through.
  for (const file of reached) {
    const module = tree.modules.get(file);
    if (module === undefined) continue;
    for (const each of module.imports) addIfCode(tree, reached, resolveImport(tree, file, each));
    for (const { path } of module.paths) addIfCode(tree, reached, resolvePath(tree, file, path));
    addNamed(tree, reached, tree.texts.get(file) ?? '', undefined, (named) => !named.startsWith('src/'));
  }
  return reached;
}

function addIfCode(tree: Tree, files: Set<string>, file: string | undefined): void {
  if (file !== undefined && tree.modules.has(file)) files.add(file);
}

/** Adds the code that a text names by its path from the root, from the text's own folder, or as built to dist. */
function addNamed(
  tree: Tree,
  files: Set<string>,
  text: string,
  from?: string,
  isWanted: (file: string) => boolean = () => true,
): void {
  for (const [path] of text.matchAll(/[\w@./-]+\.(?:tsx|ts|mts|mjs|jsx|js)\b/g)) {
    const plain = path.replace(/^\.?\//, '');
    const candidates = [plain, plain.replace(/^dist\//, 'src/').replace(/(\.d\.ts|\.js)$/, '.ts')];
    const nearby = from === undefined ? undefined : resolvePath(tree, from, path);
    for (const file of nearby === undefined ? candidates : [...candidates, nearby]) {
      if (isWanted(file)) addIfCode(tree, files, file);
    }
  }
}

function entryFields(manifest: string): unknown {
  const { bin, exports, main, types } = JSON.parse(manifest) as Record<string, unknown>;
  return { bin, exports, main, types };
}
