import { expect, test } from 'vitest';
import { logText } from '../../src/main/node/log-text.ts';
import { createProgramLogger } from '../../src/main/node/program-logger.ts';

const entry = { time: '2026-11-22T09:30:00.120Z', level: 'info', message: 'listening' } as const;

test.each([
  ['fields behind the message', { url: 'http://a.test', dev: true, userId: null }, 'url=http://a.test dev=true'],
  ['texts with spaces in quotes', { error: 'it is "full"' }, 'error="it is \\"full\\""'],
  ['objects as JSON', { parts: { store: 'ok' } }, 'parts={"store":"ok"}'],
])('a line of text has %s', (_, fields, shown) => {
  expect(logText(false)({ ...entry, ...fields })).toBe(`09:30:00.120 info  listening ${shown}`);
});

test('a text of several lines stands below its line', () => {
  const line = logText(false)({ ...entry, level: 'error', stack: 'Error: no\n  at work', taskId: 't' });
  expect(line).toBe('09:30:00.120 error listening taskId=t\n    Error: no\n      at work');
});

test('what others wrote cannot move the cursor', () => {
  const line = logText(false)({ ...entry, path: '/\u001b[2J', stack: 'a\n\u001b[2Jb' });
  expect(line).not.toContain('\u001b');
});

test.each([
  ['text', true, 'auto', /^[\d:.]{12} info  hello$/],
  ['JSON', false, 'auto', /^\{"time":/],
  ['JSON', true, 'json', /^\{"time":/],
  ['text', false, 'text', /^[\d:.]{12} info  hello$/],
] as const)('is %s where a terminal is %s and the format %s', (_, isTTY, format, pattern) => {
  let written = '';
  const stream = { isTTY, write: (line: string) => ((written += line), true) };
  createProgramLogger({ level: 'info', format }, stream).info('hello');
  expect(written.trim().replace(/\u001b\[\d+m/g, '')).toMatch(pattern);
});
