import { describe, expect, test } from 'vitest';
import { cycles } from '../../scripts/check/cycles.ts';
import { builtFiles, names } from '../../scripts/check/names.ts';
import { fileLength, functionLength, lineWidth } from '../../scripts/check/sizes.ts';
import { findings } from './fixture.ts';

describe('cycles', () => {
  test('are found and shown, types included', () => {
    const found = findings(cycles, {
      'src/domain/a.ts': "import type { B } from './b.ts'; export type A = B;",
      'src/domain/b.ts': "import { c } from './c.ts'; export type B = typeof c;",
      'src/domain/c.ts': "import type { A } from './a.ts'; export const c: A = 1;",
    });
    expect(found).toHaveLength(1);
    expect(found[0]).toContain('src/domain/a.ts -> src/domain/b.ts -> src/domain/c.ts -> src/domain/a.ts');
  });

  test('are not seen where two files import the same third one', () => {
    const files = {
      'src/domain/a.ts': "import './b.ts'; import './c.ts';",
      'src/domain/b.ts': "import './c.ts';",
      'src/domain/c.ts': '',
    };
    expect(findings(cycles, files)).toEqual([]);
  });
});

describe('sizes', () => {
  const lines = (count: number): string => 'x();\n'.repeat(count);

  test('a file of 400 lines passes, one of 401 does not, generated or not', () => {
    const files = {
      'src/a.ts': lines(400),
      'migrations/sqlite/0001_jobs.sql': lines(401),
      'src/generated/b.ts': lines(401),
    };
    expect(findings(fileLength, files)).toEqual([
      expect.stringMatching(/^migrations\/sqlite\/0001_jobs\.sql has 401 lines/),
    ]);
  });

  test('a line of 120 columns passes, one of 121 does not', () => {
    const files = { 'src/a.ts': `${'x'.repeat(120)}\n${'x'.repeat(121)}\n`, 'README.md': 'x'.repeat(200) };
    expect(findings(lineWidth, files)).toEqual([expect.stringMatching(/^src\/a\.ts:2 has 121 columns/)]);
  });

  test.each([
    ['a function', (body: string) => `function a() {\n${body}}`],
    ['an arrow function', (body: string) => `const a = () => {\n${body}};`],
    ['a method', (body: string) => `class A { b() {\n${body}} }`],
    ['a test', (body: string) => `test('name', () => {\n${body}});`],
  ])('%s of 70 lines passes, one of 71 does not', (_, wrap) => {
    expect(findings(functionLength, { 'src/a.ts': wrap(lines(68)) })).toEqual([]);
    expect(findings(functionLength, { 'src/a.ts': wrap(lines(69)) })).toEqual([
      expect.stringMatching(/^src\/a\.ts:1 begins a function of 71 lines/),
    ]);
  });

  test('the tests in a suite count for themselves, not for the suite', () => {
    const suite = `describe('a', () => {\n${`test.each([1])('b', () => {\n${lines(40)}});\n`.repeat(3)}});`;
    const exported = `export function suiteOf(make) {\n${suite}\n}`;
    expect(findings(functionLength, { 'src/testing/a.ts': exported })).toEqual([]);
  });

  test('a function inside another counts for both', () => {
    const nested = `function a() {\n  const b = () => {\n${lines(68)}  };\n}`;
    expect(findings(functionLength, { 'src/a.ts': nested })).toEqual([expect.stringContaining('of 72 lines')]);
  });
});

describe('names', () => {
  test.each(['src/domain/utils.ts', 'src/common/a.ts', 'test/helpers/a.ts', 'src/application/job-manager.ts'])(
    'refuses %s',
    (file) => {
      expect(findings(names, { [file]: '' })).toEqual([expect.stringContaining(`${file} "`)]);
    },
  );

  test('lets a word stand that only contains such a name', () => {
    expect(findings(names, { 'src/domain/management.ts': '', 'docs/uncommon.md': '' })).toEqual([]);
  });
});

describe('what is built', () => {
  test('refuses a file in src that the build would leave behind', () => {
    const found = findings(builtFiles, { 'src/stores/sqlite/0001.sql': '', 'migrations/sqlite/0001.sql': '' });
    expect(found).toEqual([expect.stringContaining('src/stores/sqlite/0001.sql is not copied by the build')]);
  });

  test('refuses a path to TypeScript in src that is no import', () => {
    const found = findings(builtFiles, {
      'src/a.ts': "import './b.ts';\nconst path = new URL('./b.ts', import.meta.url);",
      'src/b.ts': '',
    });
    expect(found).toEqual([expect.stringContaining('src/a.ts:2 names ./b.ts')]);
  });
});
