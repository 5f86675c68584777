import { describe, expect, test } from 'vitest';
import { backtracking } from '../../scripts/check/backtracking.ts';
import { dependencies } from '../../scripts/check/dependencies.ts';
import { licences } from '../../scripts/check/licences.ts';
import { links } from '../../scripts/check/links.ts';
import { migrations } from '../../scripts/check/migrations.ts';
import { findings } from './fixture.ts';

describe('dependencies', () => {
  const repository = (version: string, locked: Record<string, unknown>): Record<string, string> => ({
    'package.json': JSON.stringify({ dependencies: { hono: version } }),
    'package-lock.json': JSON.stringify({ packages: { '': {}, 'node_modules/hono': locked } }),
  });

  test('pass when pinned and locked without an address', () => {
    expect(findings(dependencies, repository('1.2.3', { version: '1.2.3', integrity: 'sha512-x' }))).toEqual([]);
  });

  test.each([
    ['a range', '^1.2.3', { version: '1.2.3', integrity: 'x' }, 'name one exact version'],
    ['another locked version', '1.2.3', { version: '1.2.4', integrity: 'x' }, 'hono is 1.2.4, and 1.2.3'],
    ['an address', '1.2.3', { version: '1.2.3', integrity: 'x', resolved: 'https://x/y.tgz' }, 'download address'],
    ['no integrity', '1.2.3', { version: '1.2.3' }, 'has no integrity'],
    [
      'nothing of what it may need', '1.2.3',
      { version: '1.2.3', integrity: 'x', optionalDependencies: { fsevents: '2' } }, 'needs fsevents',
    ],
  ])('are refused with %s', (_, version, locked, reason) => {
    expect(findings(dependencies, repository(version, locked))).toEqual([expect.stringContaining(reason)]);
  });
});

describe('regular expressions', () => {
  const bad = ['/(a+)+/', '/(?:x|y*z)*/', '/(<!--.*?-->\\s*)*<svg/', '/((a+)b)+/', '/(a{2,}){3,}/'];
  test.each(bad)('%s is refused', (regex) => {
    const found = findings(backtracking, { 'src/a.ts': `export const a = ${regex};` });
    expect(found).toEqual([expect.stringContaining('may backtrack for ever')]);
  });

  test.each(['/a+b*/', '/(?:ab)+/', '/(a+)?/', '/(\\d{1,3}\\.)+/', '/[*+(]+/', '/(\\(\\*)+/'])('%s passes', (regex) => {
    expect(findings(backtracking, { 'src/a.ts': `export const a = ${regex};` })).toEqual([]);
  });
});

describe('licences', () => {
  const repository = (locked: Record<string, unknown>, notice: string): Record<string, string> => ({
    'package-lock.json': JSON.stringify({ packages: { '': {}, 'node_modules/vips': locked } }),
    NOTICE: notice,
  });

  test.each([
    ['asks for its text only', { license: 'MIT' }, ''],
    ['is named in NOTICE', { license: 'LGPL-3.0-or-later' }, '  vips  an image library, LGPL-3.0-or-later'],
    ['users do not install', { license: 'LGPL-3.0-or-later', dev: true }, ''],
  ])('pass for what %s', (_, locked, notice) => {
    expect(findings(licences, repository(locked, notice))).toEqual([]);
  });

  test('are refused when NOTICE does not name what asks for more', () => {
    const found = findings(licences, repository({ license: 'LGPL-3.0-or-later' }, 'Waybill'));
    expect(found).toEqual([expect.stringContaining('vips is under LGPL-3.0-or-later')]);
  });
});

describe('migrations', () => {
  const files = (...names: string[]): Record<string, string> =>
    Object.fromEntries(names.map((name) => [`migrations/${name}`, '']));

  test('pass when alike, with a golden dump beside them', () => {
    const found = findings(migrations, files('sqlite/0001_a.sql', 'postgres/0001_a.sql', 'golden/sqlite.sql'));
    expect(found).toEqual([]);
  });

  test.each([
    ['one that only one dialect has', ['sqlite/0001_a.sql', 'postgres/0001_a.sql', 'sqlite/0002_b.sql'], 'is missing'],
    ['a number left out', ['sqlite/0001_a.sql', 'sqlite/0003_b.sql'], 'should have the number 2'],
    ['a number used twice', ['sqlite/0001_a.sql', 'sqlite/0001_b.sql'], 'has the number of 0001_a'],
    ['another form of name', ['sqlite/1-First.sql'], 'is not named like'],
  ])('are refused with %s', (_, names, reason) => {
    expect(findings(migrations, files(...names))).toEqual([expect.stringContaining(reason)]);
  });

  test('may go up and down under one number', () => {
    expect(findings(migrations, files('sqlite/0001_a.up.sql', 'sqlite/0001_a.down.sql'))).toEqual([]);
  });
});

describe('links', () => {
  test('pass when they lead to a file, a folder, a heading or another site', () => {
    const found = findings(links, {
      'README.md': [
        '# First things',
        '[a](docs/guide.md) [b](docs) [c](#first-things) [d](docs/guide.md#how-it-works) [e](https://example.com/x)',
        '![f](docs/picture.png "title")',
        '```',
        '[not a link](nowhere.md)',
        '```',
        'Neither is `[this](nowhere.md)`.',
      ].join('\n'),
      'docs/guide.md': '## How it *works*\n[back](../README.md)',
      'docs/picture.png': '',
    });
    expect(found).toEqual([]);
  });

  test.each([
    ['[a](docs/gone.md)', 'there is no docs/gone.md'],
    ['[a](#nothing)', 'README.md has no such heading'],
    ['[a]: docs/gone.md', 'there is no docs/gone.md'],
    ['<img src="gone.png">', 'there is no gone.png'],
  ])('are refused as %s', (text, reason) => {
    expect(findings(links, { 'README.md': `# Title\n${text}` })).toEqual([
      expect.stringMatching(new RegExp(`^README\\.md:2 .*${reason}`)),
    ]);
  });
});
