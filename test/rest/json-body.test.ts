import fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import { parseJson } from '../../src/contract/input/json.ts';
import { Unkept } from '../../src/contract/input/unkept.ts';

/** JSON as somebody may have written it: with names twice, numbers in any spelling, space anywhere. */
type Written =
  | { readonly sort: 'word' | 'number' | 'text'; readonly text: string }
  | { readonly sort: 'array'; readonly entries: readonly Written[] }
  | { readonly sort: 'object'; readonly entries: readonly (readonly [string, Written])[] };

const space = fc.constantFrom('', ' ', '\n', '\t\r ');
const texts = fc.oneof(
  fc.string({ maxLength: 8 }),
  fc.constantFrom('":', '\\":1', '{"a":1,"a":2}', '12345678901234567890', '1e400', '__proto__', '\\', 'é🧨', ',', ''),
);
const numbers = fc.oneof(
  fc.double({ noNaN: true, noDefaultInfinity: true }).map((value) => JSON.stringify(value)),
  fc.integer().map(String),
  fc.tuple(fc.bigInt({ min: -(10n ** 25n), max: 10n ** 25n }), fc.constantFrom('', '.0', '.50', 'e0', 'E+3', 'e-2'))
    .map(([whole, rest]) => `${whole}${rest}`),
  fc.tuple(fc.nat(99), fc.stringMatching(/^\d{1,25}$/), fc.constantFrom('', 'e-310', 'e+305', 'E17'))
    .map(([whole, fraction, power]) => `${whole}.${fraction}${power}`),
  fc.constantFrom('1970670598291982290', '1e400', '-1e400', '1e-400', '-0', '0e999', '0.1234567890123456789012'),
);
const names = fc.oneof(fc.constantFrom('a', 'b', '__proto__', '1', ''), texts);
const { written } = fc.letrec<{ written: Written }>((tie) => ({
  written: fc.oneof(
    { depthSize: 'small' },
    fc.constantFrom('true', 'false', 'null').map((text): Written => ({ sort: 'word', text })),
    numbers.map((text): Written => ({ sort: 'number', text })),
    texts.map((text): Written => ({ sort: 'text', text })),
    fc.array(tie('written'), { maxLength: 4 }).map((entries): Written => ({ sort: 'array', entries })),
    fc.array(fc.tuple(names, tie('written')), { maxLength: 4 })
      .map((entries): Written => ({ sort: 'object', entries })),
  ),
}));

function write(json: Written, between: () => string): string {
  const spaced = (text: string): string => between() + text + between();
  if (json.sort === 'array') {
    return spaced(`[${json.entries.map((entry) => write(entry, between)).join(',') || between()}]`);
  }
  if (json.sort !== 'object') return spaced(json.sort === 'text' ? JSON.stringify(json.text) : json.text);
  const members = json.entries.map(([name, inner]) => `${spaced(JSON.stringify(name))}:${write(inner, between)}`);
  return spaced(`{${members.join(',') || between()}}`);
}

/** By arithmetic on whole numbers: whether the number that it becomes is equal to the one that is written. */
function isKept(text: string): boolean {
  const becomes = Number(text);
  if (!Number.isFinite(becomes)) return false;
  const [a, b] = [text, String(becomes)].map((each) => {
    const [, sign, whole = '', fraction = '', power = '0'] = /^(-?)(\d+)\.?(\d*)[eE]?(.*)$/.exec(each)!;
    return [BigInt(`${sign}${whole}${fraction}`), Number(power || '0') - fraction.length] as const;
  }) as [readonly [bigint, number], readonly [bigint, number]];
  if (a[0] === 0n || b[0] === 0n) return a[0] === b[0];
  const least = Math.min(a[1], b[1]);
  return a[0] * 10n ** BigInt(a[1] - least) === b[0] * 10n ** BigInt(b[1] - least);
}

/** The places that are not kept, by their path; whatever is inside of a name that is there twice is that name's. */
function placesNotKept(json: Written, path: string): string[] {
  if (json.sort === 'number') return isKept(json.text) ? [] : [path];
  if (json.sort === 'array') return json.entries.flatMap((entry, index) => placesNotKept(entry, `${path}/${index}`));
  if (json.sort !== 'object') return [];
  return [...Map.groupBy(json.entries, ([name]) => name)].flatMap(([name, [first, ...more]]) =>
    more.length > 0 ? [`${path}/${name}`] : placesNotKept(first![1], `${path}/${name}`),
  );
}

function placesMarked(value: unknown, path: string): string[] {
  if (value instanceof Unkept) return [path];
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([name, inner]) => placesMarked(inner, `${path}/${name}`));
}

describe('JSON from outside', () => {
  it('is what JSON.parse makes of it, with all and only what that would change marked at its place', () => {
    fc.assert(
      fc.property(written, fc.array(space, { minLength: 1, maxLength: 7 }), (json, spaces) => {
        let turn = 0;
        const text = write(json, () => spaces[turn++ % spaces.length]!);
        const parsed = parseJson(text);
        const expected = placesNotKept(json, '');
        expect(placesMarked(parsed, '').sort()).toEqual(expected.sort());
        if (expected.length === 0) expect(parsed).toStrictEqual(JSON.parse(text));
      }),
      { numRuns: 3_000 },
    );
  });

  it('is refused with the same words as JSON.parse when it is none', () => {
    for (const text of ['', '{', '{"a":1,}', '01', 'NaN', '"\u0001"', '[1 2]', '{"a":1e}']) {
      let words = '';
      try {
        JSON.parse(text);
      } catch (error) {
        words = (error as SyntaxError).message;
      }
      expect(() => parseJson(text)).toThrow(words);
    }
  });

  test.each([
    ['1970670598291982290', 'is 1970670598291982290, which would become 1970670598291982300'],
    ['1e400', 'is 1e400, which is too large for a number'],
    ['1e-400', 'is 1e-400, which would become 0'],
    ['0.1234567890123456789012', 'is 0.1234567890123456789012, which would become 0.12345678901234568'],
    [`1${'0'.repeat(60)}1`, `is 1${'0'.repeat(39)}…, which would become 1e+61`],
  ])('says what would become of %s', (text, problem) => {
    expect(parseJson(`{"a":[${text}]}`)).toEqual({ a: [{ problem, advice: 'send it as a string' }] });
  });

  test.each([
    '1.0', '1e2', '-0', '0.10', '1E+2', '1e0000001', '123456789012345680000', '5e-324', '1.7976931348623157e308',
    '9007199254740992', '0e400', '0.000000000000000000000000', '100000000000000000000000',
  ])('takes the number %s', (text) => {
    expect(parseJson(`[${text}]`)).toEqual([Number(text)]);
  });

  it('is read in little time whatever it is: deep, with many bad numbers, with many names twice', () => {
    const deep = '['.repeat(300_000);
    const bodies = [
      deep + '1e400,'.repeat(50_000) + '1' + ']'.repeat(300_000),
      `{${'"a":12345678901234567890,'.repeat(40_000)}"a":{}}`,
      `{"a":"${'\\\\'.repeat(400_000)}","n":1e400,"a":1}`,
      `[${'9'.repeat(1_000_000)}]`,
    ];
    // Of this thread: others of the machine take theirs.
    const began = process.threadCpuUsage();
    for (const body of bodies) parseJson(body);
    const { user, system } = process.threadCpuUsage(began);
    expect((user + system) / 1_000).toBeLessThan(5_000);
  });
});
