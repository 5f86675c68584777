import { beforeAll, describe, expect, test, vi } from 'vitest';
import { attemptsOf } from '../../src/console/pages/job/attempts.ts';
import { csvLine } from '../../src/console/pages/jobs/csv.ts';
import {
  idStart, parseTerm, problemOf, queryOf, requestOf, termsOf, timesOf, withTerm,
} from '../../src/console/pages/jobs/filter.ts';
import { indented, inexactNumber, memberOf } from '../../src/console/parts/raw-json.ts';
import { errorGroups } from '../../src/kinds/task/console/error-groups.ts';

describe('JSON as it came', () => {
  test.for([
    ['{}', '{}'],
    ['{"a":[],"b":{ }}', '{\n  "a": [],\n  "b": {}\n}'],
    ['{"id":9007199254740993,"x":1.50}', '{\n  "id": 9007199254740993,\n  "x": 1.50\n}'],
    ['["a,b:{\\"}",[1,2]]', '[\n  "a,b:{\\"}",\n  [\n    1,\n    2\n  ]\n]'],
    ['null', 'null'],
  ] as const)('%s is indented', ([json, shown]) => expect(indented(json)).toBe(shown));

  test('a member of the outermost object is found as it is written', () => {
    const json = '{"a":{"data":1},"x":"data","data":{"n":1.50,"a":[1]} ,"z":[2]}';
    expect(memberOf(json, 'data')).toBe('{"n":1.50,"a":[1]}');
    expect(memberOf(json, 'z')).toBe('[2]');
    expect(memberOf(json, 'x')).toBe('"data"');
    expect(memberOf(json, 'n')).toBeNull();
    expect(memberOf('[{"data":1}]', 'data')).toBeNull();
  });

  test('numbers that a browser would change are found, and not in text', () => {
    expect(inexactNumber('{"a":1,"b":[-9007199254740993]}')).toBe('-9007199254740993');
    expect(inexactNumber('{"a":"9007199254740993","b":1.5}')).toBeNull();
  });
});

describe('a line of CSV', () => {
  test.for([
    ['=HYPERLINK("x")', `"'=HYPERLINK(""x"")"`],
    ['+49', "'+49"], ['-1', "'-1"], ['@a', "'@a"], ['\tx', "'\tx"],
    ['a,b', '"a,b"'], ['a\nb', '"a\nb"'], ['say "hi"', '"say ""hi"""'], [' a', '" a"'], ['plain', 'plain'],
  ] as const)('%j', ([value, cell]) => {
    expect(csvLine([value])).toBe(`${cell}\r\n`);
  });

  test('numbers stay numbers, and nothing is an empty cell', () => {
    expect(csvLine([-1.5, null, 'a'])).toBe('-1.5,,a\r\n');
  });
});

describe('terms of a filter', () => {
  test('are read from an address and written to it; what is none is left out', () => {
    const terms = termsOf(new URLSearchParams('?kind=task&status=a,b&label=x:1&label=y:2&tab=z&phase=odd&after=never'));
    expect(queryOf(terms)).toBe('?kind=task&status=a,b&label=x:1&label=y:2');
    expect(queryOf([])).toBe('');
  });

  test('replace one another where a list takes one', () => {
    let terms = withTerm([], { name: 'kind', value: 'task' });
    for (const term of [
      { name: 'kind', value: 'command' }, { name: 'label', value: 'sku:a' }, { name: 'label', value: 'sku:b' },
      { name: 'status', value: 'failed' }, { name: 'status', value: 'pending' }, { name: 'status', value: 'failed' },
    ] as const) terms = withTerm(terms, term);
    expect(queryOf(terms)).toBe('?kind=command&label=sku:b&status=pending,failed');
  });

  test('are parsed as people write them', () => {
    expect(parseTerm(' Type: a b ', [])).toEqual({ name: 'type', value: 'a b' });
    expect(parseTerm('label:"a:b c"', [])).toEqual({ name: 'label', value: 'a:b c' });
    expect(parseTerm('hello', ['hello'])).toBeNull();
    expect(parseTerm('nothing:x', ['sku'])).toBeNull();
    const names = ['customer.id', 'type'];
    expect(parseTerm('customer.id: "7:1"', names)).toEqual({ name: 'label', value: 'customer.id:7:1' });
    expect(parseTerm('type:a', names)).toEqual({ name: 'type', value: 'a' });
    expect(problemOf({ name: 'label', value: 'x' })).toBe('label');
    expect(problemOf({ name: 'type', value: 'x'.repeat(1_000) })).toBe('long');
  });

  test('say times by the clock of the moment, and days by that of the place', () => {
    const now = Date.parse('2026-11-29T12:00:00Z');
    const terms = [{ name: 'after', value: '24h' }, { name: 'before', value: '2026-11-29' }] as const;
    expect(requestOf(terms, now)).toEqual({
      createdFrom: '2026-11-28T12:00:00.000Z', createdBefore: new Date(2026, 10, 29).toISOString(),
    });
  });

  test('the beginning of an id says when its job was made', () => {
    expect(idStart('01935A3E-7c1d')).toBe('01935a3e-7c1d');
    for (const none of ['01935a3', 'hello world', '01935a3e--7']) expect(idStart(none)).toBeNull();
    const { createdFrom, createdBefore } = timesOf('01935a3e')!;
    expect(Date.parse(createdBefore) - Date.parse(createdFrom)).toBe(65_536);
    expect(timesOf('ffffffff')).toBeNull();
  });
});

describe('attempts', () => {
  const event = (sequence: number, status: string | null, at: string, data: Record<string, unknown> = {}) =>
    ({ sequence, type: 'X', status, at: `2026-11-22T09:00:${at}.000Z`, actor: 'w', correlationId: 'c', data });
  const phases: Readonly<Record<string, 'waiting' | 'active' | 'failed'>> = {
    wait: 'waiting', run: 'active', set: 'active', bad: 'failed',
  };
  const phaseOf = (status: string) => phases[status];
  const job = { createdAt: '2026-11-22T09:00:00.000Z', startedAt: null, endedAt: null, phase: 'failed' } as const;

  test('are split where a job waits and where it runs', () => {
    const events = [
      event(1, 'wait', '00'), event(2, 'set', '02', { attempt: 1 }), event(3, 'run', '03'), event(4, null, '04'),
      event(5, 'wait', '05', { error: { message: 'full' } }), event(6, 'run', '08', { attempt: 2, workerId: 'w-1' }),
      event(7, 'bad', '09', { failure: { message: 'gone' } }),
    ];
    const seconds = attemptsOf(job, events, phaseOf).map(({ number, wait, run, end, problem }) => [
      number, (wait.to! - wait.from) / 1_000, run && (run.to! - run.from) / 1_000, end, problem,
    ]);
    expect(seconds).toEqual([[1, 2, 3, 'waiting', 'full'], [2, 3, 1, 'failed', 'gone']]);
  });

  test('a job that is retried does not wait between its end and the retry', () => {
    const events = [event(1, 'wait', '00'), event(2, 'run', '01'), event(3, 'bad', '02'), event(4, 'wait', '30')];
    const [first, second] = attemptsOf(job, events, phaseOf);
    expect(first).toMatchObject({ end: 'failed' });
    expect(second!.wait.from).toBe(Date.parse('2026-11-22T09:00:30.000Z'));
    expect(second).toMatchObject({ run: null, end: null });
  });

  test('of a kind whose states are not known the times are shown', () => {
    const active = { ...job, phase: 'active', startedAt: '2026-11-22T09:00:05.000Z' } as const;
    const [only] = attemptsOf(active, [event(1, 'odd', '00')], phaseOf);
    expect(only).toMatchObject({ wait: { to: Date.parse('2026-11-22T09:00:05.000Z') }, run: { to: null } });
  });
});

test('errors that differ in numbers, ids and quoted words are one group, the newest first', () => {
  const at = '2026-11-22T09:00:00.000Z';
  const groups = errorGroups([
    { at, message: 'row 1 is "bad"', item: 'a', stack: 'old' }, { at, message: 'disk full', code: 'ENOSPC' },
    { at, message: 'row 22 is "odd"', item: 'b' }, { at, message: 'row 3 is "odd"', item: 'b' },
  ]);
  expect(groups.map(({ message, count, items, stack }) => [message, count, items, stack])).toEqual([
    ['row 3 is "odd"', 3, ['b', 'a'], 'old'], ['disk full', 1, [], null],
  ]);
});

describe('cron in words', () => {
  let cronWords: (expression: string) => string | null;
  let choose: (language: 'en' | 'de') => void;
  beforeAll(async () => {
    vi.stubGlobal('document', { documentElement: {} });
    vi.stubGlobal('localStorage', { getItem: () => null, setItem: () => {}, removeItem: () => {} });
    ({ cronWords } = await import('../../src/console/pages/schedules/cron-words.ts'));
    ({ chooseLanguage: choose } = await import('../../src/console/language/language.ts'));
  });

  test.for([
    ['0 8 * * 1-5', 'Weekdays at 8:00', 'Montags bis freitags um 8:00 Uhr'],
    ['0 8,20 * * *', 'Every day at 8:00 and 20:00', 'Täglich um 8:00 und 20:00 Uhr'],
    ['30 2 * * mon,thu', 'Mondays and Thursdays at 2:30', 'Montags und donnerstags um 2:30 Uhr'],
    ['0 9 * * 6,0', 'Weekends at 9:00', 'Samstags und sonntags um 9:00 Uhr'],
    ['0 9 * * 7', 'Sundays at 9:00', 'Sonntags um 9:00 Uhr'],
    ['*/15 * * * *', 'Every 15 minutes', 'Alle 15 Minuten'],
    ['* * * * *', 'Every minute', 'Jede Minute'],
    ['@hourly', 'Every hour', 'Jede Stunde'],
    ['20 */6 * * *', 'Every 6 hours, at 20 past', 'Alle 6 Stunden, zur Minute 20'],
    ['0 3 1 * *', 'On the 1st of each month at 3:00', 'Am 1. jedes Monats um 3:00 Uhr'],
    ['0 3 2,23 * *', 'On the 2nd and 23rd of each month at 3:00', 'Am 2. und 23. jedes Monats um 3:00 Uhr'],
    ['0 3 L * *', 'On the last day of each month at 3:00', 'Am letzten Tag jedes Monats um 3:00 Uhr'],
    ['@yearly', 'Every year on January 1 at 0:00', 'Jedes Jahr am 1. Januar um 0:00 Uhr'],
    ['0 6 * jun-aug *', 'Every day in June, July, and August at 6:00', 'Täglich im Juni, Juli und August um 6:00 Uhr'],
    ['*/10 * * * * *', 'Every 10 seconds', 'Alle 10 Sekunden'],
    ['0 0 12 * * *', 'Every day at 12:00', 'Täglich um 12:00 Uhr'],
  ] as const)('%s', ([expression, en, de]) => {
    choose('en');
    expect(cronWords(expression)).toBe(en);
    choose('de');
    expect(cronWords(expression)).toBe(de);
  });

  test.for([
    '', 'often', '* * * *', '*/7 * * * *', '0 */5 * * *', '0 0 1 * 1', '0 4-10 * * *', '61 * * * *', '0 25 * * *',
    '5 0 12 * * *', '0 8 * * 3#1', '1 2 3 4 5 6 7',
  ])('%j stays as it is written', (expression) => {
    expect(cronWords(expression)).toBeNull();
  });
});
