import { statSync } from 'node:fs';
import { basename } from 'node:path';
import type { Answer } from '../../src/main/client/index.ts';
import { plain, table, type Output } from '../../src/transports/cli/output.ts';
import type { Chapter } from './chapters.ts';
import type { ChapterResult } from './run-chapter.ts';

type Account = Answer<'me'>;

export function headline({ resultStyle }: Output, text: string): string {
  return resultStyle('bold', text);
}

export function itemLines(
  { job, files }: ChapterResult,
  { photos }: Chapter,
  { resultStyle }: Output,
): readonly string[] {
  const width = Math.max(...photos.map((path) => basename(path).length));
  return job.items.map(({ idx, state, error }) => {
    const name = basename(photos[idx] ?? '').padEnd(width);
    const file = files.get(idx);
    if (state === 'done' && file !== undefined) {
      const size = resultStyle('dim', kilobytes(file.bytes));
      return `  ${resultStyle('green', '✓')} ${name}  →  ${basename(file.path)}  ${size}`;
    }
    return `  ${resultStyle('red', '✗')} ${name}  ${plain(error ?? 'nothing was delivered')}`;
  });
}

/** The command as it would be typed. */
export function promptLines(script: string, { resultStyle }: Output): string {
  const [first = '', ...rest] = script.split('\n');
  return [`  $ ${first}`, ...rest.map((line) => `    ${line}`)].map((line) => resultStyle('dim', line)).join('\n');
}

/** Of files that were downloaded. */
export function fileLines(paths: readonly string[], { resultStyle }: Output): readonly string[] {
  return paths.map((path) => {
    const size = resultStyle('dim', kilobytes(statSync(path).size));
    return `  ${resultStyle('green', '✓')} ${basename(path)}  →  ${path}  ${size}`;
  });
}

export function accountLines(before: Account, after: Account): readonly string[] {
  const row = (name: string, { credits, reserved, spent, granted }: Account): string[] => [
    name,
    ...[credits, reserved, spent, granted].map(String),
  ];
  const text = table(['', 'AVAILABLE', 'RESERVED', 'SPENT', 'GRANTED'], [row('before', before), row('after', after)]);
  return text.split('\n').map((line) => `  ${line}`);
}

function kilobytes(bytes: number): string {
  return `${Math.max(1, Math.round(bytes / 1000))} kB`;
}
