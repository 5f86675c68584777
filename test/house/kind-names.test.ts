import { describe, expect, test } from 'vitest';
import { kindNames } from '../../scripts/check/kind-names.ts';
import { findings } from './fixture.ts';

describe('names of kinds', () => {
  test.each([
    ["const isPaid = kind === 'image-set';", 'image-set'],
    ['import type { ImageSets } from "./x.ts";', 'image-set'],
    ['const imageSet = 1;', 'image-set'],
    ['// Of image sets alone.', 'image-set'],
    ['const message = `at most ${limit} sets of photos`;', 'image-set'],
    ['const storedTasks = 1;', 'task'],
    ['const sets = { task: 1 };', 'task'],
    ["const filter = { kind: 'command' };", 'command'],
  ])('are found in the core: %s', (text, kind) => {
    const found = findings(kindNames, { 'src/ports/store/lists.ts': text });
    expect(found).toEqual([expect.stringContaining(`must not name the kind ${kind}`)]);
    expect(found[0]).toContain('src/ports/store/lists.ts:1 says ');
  });

  test.each(['const multitask = 1;', 'const command = decide(job);', 'const image = set(1);', 'const images = 1;'])(
    'are no part of other words: %s',
    (text) => expect(findings(kindNames, { 'src/domain/job.ts': text })).toEqual([]),
  );

  test('may be said by the kinds themselves, where they are put together, and by tests', () => {
    const text = "export const name = 'image-set';";
    const files = { 'src/kinds/image-set/kind.ts': text, 'src/main/kinds.ts': text, 'test/a.test.ts': text };
    expect(findings(kindNames, files)).toEqual([]);
  });

  test('are those of the folders of kinds', () => {
    const files = { 'src/kinds/air-parcel/kind.ts': '', 'src/domain/job.ts': 'const airParcels = 1;' };
    expect(findings(kindNames, files)).toEqual([expect.stringContaining('must not name the kind air-parcel')]);
  });
});
