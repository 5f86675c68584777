import { packageName, resolveImport } from './graph.ts';
import { ANY, IMPORT_TABLE, NOT_YET } from './import-table.ts';
import type { Layer } from './import-table.ts';
import type { Import } from './module.ts';
import { isBundled } from './tree.ts';
import type { Check, Finding, Tree } from './tree.ts';

const TABLE = 'scripts/check/import-table.ts';

export const imports: Check = {
  name: 'imports follow the table',
  find(tree) {
    const declaredFor = declaredPackages(tree);
    const findings: Finding[] = [];
    for (const [file, module] of tree.modules) {
      if (module.parseError !== undefined) findings.push({ file, message: `cannot be read: ${module.parseError}` });
      for (const each of module.imports) {
        const message = wrongWith(tree, file, each, declaredFor(file));
        if (message !== undefined) findings.push({ file, line: each.line, message });
      }
    }
    return findings;
  },
};

function wrongWith(tree: Tree, file: string, each: Import, declared: Declared): string | undefined {
  const { specifier } = each;
  const layer = layerOf(file);
  if (specifier.startsWith('.')) {
    const target = resolveImport(tree, file, each);
    if (target === undefined || !file.startsWith('src/')) return undefined;
    if (layer === undefined) return `has no row in ${TABLE}: put it into one of the folders of src that have one`;
    return wrongLayer(layer, file, target);
  }
  if (specifier.startsWith('node:')) {
    if (layer === undefined || mayUseNode(layer, file)) return undefined;
    return `imports ${specifier}, but ${layer.folder} runs without Node too: take what it does as an argument`;
  }
  return wrongPackage(layer, file, specifier, declared);
}

function wrongLayer(layer: Layer, file: string, target: string): string | undefined {
  // A bundler makes a text of a migration; migrations/ is published too.
  if (/^migrations\/.*\.sql$/.test(target) && layer.folder === 'main') return undefined;
  if (!target.startsWith('src/')) return `imports ${target}, which is not part of what is published`;
  const own = ownFolder(layer, file);
  if (NOT_YET.some(([from, to]) => file.startsWith(`src/${from}`) && target.startsWith(`src/${to}`))) return undefined;
  const to = target.slice('src/'.length);
  if (isIn(to, own)) return undefined;
  const wing = file.split('/').slice(1, 3).join('/');
  const allowed = layer.may.some((folder) => folder === ANY || isIn(to, folder.replace(/^\.(?=\/)/, wing)));
  if (allowed && !layer.mayNot?.some((folder) => isIn(to, folder))) return undefined;
  const may = layer.may.filter((each) => each !== ANY).join(', ') || 'nothing else';
  if (layer.mayNot !== undefined) return `imports ${target}, but ${own} may not import ${layer.mayNot.join(', ')}`;
  return `imports ${target}, but ${own} may import ${may}: pass it in from main, or move the code`;
}

function wrongPackage(layer: Layer | undefined, file: string, specifier: string, declared: Declared) {
  const name = packageName(specifier);
  // What is bundled is not installed with the package.
  const isPublished = file.startsWith('src/') && !file.startsWith('src/testing/') && !isBundled(file);
  const isDeclared = specifier.includes(':') || (isPublished ? declared.runtime : declared.all).has(name);
  const section = isPublished ? 'dependencies' : 'devDependencies';
  if (!isDeclared) return `imports ${name}, which is not among the ${section} of package.json: npm install it`;
  if (layer === undefined) return undefined;
  const packages = layer.packages ?? [];
  if (packages.includes(ANY) || packages.includes(name) || packages.includes(specifier)) return undefined;
  return `imports ${specifier}, but ${layer.folder} may import ${packages.join(', ') || 'no package'} (${TABLE})`;
}

function layerOf(file: string): Layer | undefined {
  if (!file.startsWith('src/')) return undefined;
  const path = file.slice('src/'.length);
  return IMPORT_TABLE.find(({ folder }) => new RegExp(`^${folder.replace('*', '[^/]+')}/`).test(path));
}

/** For `stores/*` the one folder of stores that the file is in. */
function ownFolder(layer: Layer, file: string): string {
  const parts = layer.folder.split('/').length;
  return file.split('/').slice(1, 1 + parts).join('/');
}

function mayUseNode(layer: Layer, file: string): boolean {
  return layer.node || (layer.nodeFiles?.test(file.slice(`src/${ownFolder(layer, file)}/`.length)) ?? false);
}

function isIn(path: string, folder: string): boolean {
  return path === folder || path.startsWith(`${folder}/`);
}

interface Declared {
  readonly runtime: ReadonlySet<string>;
  readonly all: ReadonlySet<string>;
}

/** By the manifest next to the file or above it: a folder may have dependencies of its own. */
function declaredPackages(tree: Tree): (file: string) => Declared {
  const manifests = [...tree.texts.keys()].filter((path) => /(^|\/)package\.json$/.test(path));
  const byFolder = new Map(manifests.map((path) => [path.slice(0, -'package.json'.length), declaredIn(tree, path)]));
  const folders = [...byFolder.keys()].sort((a, b) => b.length - a.length);
  const none = { runtime: new Set<string>(), all: new Set<string>() };
  return (file) => byFolder.get(folders.find((folder) => file.startsWith(folder)) ?? '') ?? none;
}

function declaredIn(tree: Tree, path: string): Declared {
  const manifest = JSON.parse(tree.texts.get(path) ?? '{}') as Record<string, Record<string, string>>;
  const names = (section: string): string[] => Object.keys(manifest[section] ?? {});
  const runtime = [...names('dependencies'), ...names('optionalDependencies'), ...names('peerDependencies')];
  return { runtime: new Set(runtime), all: new Set([...runtime, ...names('devDependencies')]) };
}
