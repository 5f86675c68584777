import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { readModule } from './module.ts';
import type { Module } from './module.ts';

/** What a check found wrong. */
export interface Finding {
  /** Path from the repository's root, with forward slashes. */
  readonly file: string;
  /** Counted from 1; absent where the finding is about the whole file. */
  readonly line?: number;
  /** What is wrong, and what to do. */
  readonly message: string;
}

export interface Check {
  /** The rule, as a sentence that is true when nothing is found. */
  readonly name: string;
  readonly find: (tree: Tree) => Finding[];
}

/** The repository's files as the checks see them. */
export interface Tree {
  readonly root: string;
  /** Every text file that is not ignored, by path from the root, sorted. */
  readonly texts: ReadonlyMap<string, string>;
  /** Every file that is not ignored, those without text too. */
  readonly files: ReadonlySet<string>;
  /** The code among the texts, read into imports, exports and functions; without what is generated. */
  readonly modules: ReadonlyMap<string, Module>;
}

const CODE = /\.(ts|tsx|mts|mjs|js|jsx)$/;
const NOT_TEXT = /\.(png|jpe?g|webp|gif|ico|onnx|wasm|woff2?|ttf|zip|gz|tgz|sqlite|db|bin)$/;
const GENERATED = /(^|\/)(generated|golden)\//;

/** Made by a program or kept as a golden copy: its size and style are nobody's choice. */
export function isGenerated(file: string): boolean {
  return GENERATED.test(file) || file === 'package-lock.json';
}

const BUNDLED = /^src\/(main\/|kinds\/[\w-]+\/)?console\//;

/** Whether it becomes a part of the console's pages, and is not built to dist as it stands. */
export function isBundled(file: string): boolean {
  return BUNDLED.test(file);
}

export function readTree(root: string): Tree {
  const files = listFiles(root);
  const texts = new Map<string, string>();
  for (const file of files) {
    if (!NOT_TEXT.test(file)) texts.set(file, readFileSync(join(root, file), 'utf8'));
  }
  // Reading them takes seconds: only for those who ask.
  let modules: Tree['modules'] | undefined;
  return {
    root,
    texts,
    files: new Set(files),
    get modules() {
      return (modules ??= readModules(texts));
    },
  };
}

function readModules(texts: Tree['texts']): Tree['modules'] {
  const modules = new Map<string, Module>();
  for (const [file, text] of texts) {
    if (CODE.test(file) && !isGenerated(file)) modules.set(file, readModule(file, text));
  }
  return modules;
}

function listFiles(root: string): string[] {
  const isIgnored = ignoreRule(root);
  const found: string[] = [];
  const visit = (folder: string): void => {
    for (const entry of readdirSync(join(root, folder), { withFileTypes: true })) {
      const path = folder === '' ? entry.name : `${folder}/${entry.name}`;
      if (isIgnored(entry.name, entry.isDirectory())) continue;
      if (entry.isDirectory()) visit(path);
      else if (entry.isFile()) found.push(path);
    }
  };
  visit('');
  return found.sort();
}

/** The plain patterns of .gitignore (`name/`, `name`, `*.ending`), which are all that this repository uses. */
function ignoreRule(root: string): (name: string, isFolder: boolean) => boolean {
  const path = join(root, '.gitignore');
  const patterns = existsSync(path) ? readFileSync(path, 'utf8').split('\n').map((line) => line.trim()) : [];
  const folders = new Set(patterns.filter((each) => each.endsWith('/')).map((each) => each.slice(0, -1)));
  const endings = patterns.filter((each) => each.startsWith('*.')).map((each) => each.slice(1));
  // A folder in a clone, a file in a linked work tree.
  const names = new Set(['.git', ...patterns.filter((each) => /^[\w.-]+$/.test(each))]);
  return (name, isFolder) =>
    names.has(name) || (isFolder ? folders.has(name) : endings.some((ending) => name.endsWith(ending)));
}
