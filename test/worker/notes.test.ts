import { expect, test } from 'vitest';
import { Notes } from '../../src/kinds/task/worker/notes.ts';

type LogReport = { readonly firstLine?: number; readonly lines: readonly { readonly message: string }[] };

function reports(notes: Notes): LogReport[] {
  const all: LogReport[] = [];
  for (let next = notes.next('lease'); next !== null; next = notes.next('lease')) {
    if (next.report.type === 'log') all.push(next.report);
  }
  return all;
}

const spans = (all: readonly LogReport[]) => all.map(({ firstLine, lines }) => [firstLine, lines.length]);

test('lines are numbered over all reports', () => {
  const notes = new Notes();
  for (let number = 1; number <= 1_500; number++) notes.line('info', `line ${number}`);
  expect(spans(reports(notes))).toEqual([[1, 1_000], [1_001, 500]]);
  notes.line('info', 'one more');
  expect(spans(reports(notes))).toEqual([[1_501, 1]]);
});

test('of lines that nobody takes the newest are kept, and the numbers of the others are left out', () => {
  const notes = new Notes();
  for (let number = 1; number <= 45_000; number++) notes.line('info', `line ${number}`);
  const all = reports(notes);
  const first = all[0]?.firstLine ?? 0;
  const kept = all.flatMap(({ lines }) => lines.map(({ message }) => message));
  expect(kept.length).toBeGreaterThanOrEqual(10_000);
  expect(kept.length).toBeLessThan(20_000);
  expect([first, kept[0], kept.at(-1)]).toEqual([45_000 - kept.length + 1, `line ${first}`, 'line 45000']);
});

test('of long lines no more are kept than some megabytes', () => {
  const notes = new Notes();
  const long = 'x'.repeat(20_000);
  for (let number = 1; number <= 3_000; number++) notes.line('info', long);
  const kept = reports(notes).flatMap(({ lines }) => lines.map(({ message }) => message.length));
  expect(kept.length).toBeGreaterThan(500);
  expect(kept.reduce((sum, length) => sum + length, 0)).toBeLessThanOrEqual(16 * 1_048_576);
  expect(Math.max(...kept)).toBeLessThanOrEqual(16_384);
});

test('what another process has dropped is left out here too, beside lines of this one', () => {
  const notes = new Notes();
  const line = (message: string) => ({ at: '2026-11-22T09:30:00.000Z', level: 'info', message }) as const;
  notes.line('warn', 'of this process');
  notes.add({ leaseId: 'lease', type: 'log', firstLine: 1, lines: [line('1'), line('2')] });
  notes.add({ leaseId: 'lease', type: 'log', firstLine: 6, lines: [line('6')] });
  expect(spans(reports(notes))).toEqual([[1, 3], [7, 1]]);
});
