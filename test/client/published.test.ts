import { execFileSync } from 'node:child_process';
import { expect, test } from 'vitest';

test('the published client loads neither the schemas nor a part of Node', () => {
  const entry = new URL('../../src/main/client/index.ts', import.meta.url);
  const hooks =
    "import { registerHooks } from 'node:module';" +
    'registerHooks({ resolve(name, context, next) { console.log(name); return next(name, context); } });';
  const program = `${hooks} await import(${JSON.stringify(entry.href)});`;
  const loaded = execFileSync(process.execPath, ['--input-type=module', '-e', program], { encoding: 'utf8' });
  const outside = loaded.trim().split('\n').filter((name) => !name.startsWith('.'));
  expect(outside).toEqual([entry.href]);
  expect(loaded).toContain('./generated/routes.ts');
});
