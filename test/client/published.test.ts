import { execFileSync } from 'node:child_process';
import { expect, test } from 'vitest';

test('the published client loads neither the schemas nor a part of Node', () => {
  const loaded = loadedBy('../../src/main/client/index.ts');
  expect(loaded.outside).toEqual([]);
  expect(loaded.all).toContain('./generated/routes.ts');
  expect(loaded.all).not.toContain('./try-handler.ts');
});

test('definitions of tasks, which pages share, load no part of Node', () => {
  const loaded = loadedBy('../../src/kinds/task/typed/index.ts');
  expect(loaded.outside).toEqual([]);
  expect(loaded.all).toContain('./try-handler.ts');
});

/** What a module imports, and what of that is in none of our files. */
function loadedBy(path: string): { all: string[]; outside: string[] } {
  const entry = new URL(path, import.meta.url);
  const hooks =
    "import { registerHooks } from 'node:module';" +
    'registerHooks({ resolve(name, context, next) { console.log(name); return next(name, context); } });';
  const program = `${hooks} await import(${JSON.stringify(entry.href)});`;
  const loaded = execFileSync(process.execPath, ['--input-type=module', '-e', program], { encoding: 'utf8' });
  const all = loaded.trim().split('\n').filter((name) => name !== entry.href);
  return { all, outside: all.filter((name) => !name.startsWith('.')) };
}
