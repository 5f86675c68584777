import * as z from 'zod';
import type { CoreRoutes } from '../../contract/core-routes.ts';
import type { RouteAnswer } from '../../contract/route.ts';
import { shortText } from './shorten.ts';

/** A line of a job's log. */
export const logLine = z.object({
  number: z.number(),
  at: z.string(),
  stream: z.string(),
  level: z.string().exactOptional(),
  attempt: z.number(),
  text: z.string(),
});

export type LogLine = z.input<typeof logLine>;
type StoredLine = RouteAnswer<CoreRoutes['jobLogs']>['lines'][number];

const mostOfLine = 1_000;

/** As many of them as so many characters hold, from the front or from the back; long ones are cut. */
export function withinBudget(lines: readonly StoredLine[], characters: number, from: 'first' | 'last'): LogLine[] {
  const kept: LogLine[] = [];
  let left = characters;
  for (const line of from === 'first' ? lines : lines.toReversed()) {
    const text = shortText(line.text, mostOfLine);
    // Each costs some for its other fields.
    left -= text.length + 40;
    if (left < 0 && kept.length > 0) break;
    kept.push({ ...line, text });
  }
  return from === 'first' ? kept : kept.reverse();
}

/** `12 2026-11-22T09:30:00.250Z attempt 1 info: 1200 rows` */
export function lineText({ number, at, stream, level, attempt, text }: LogLine): string {
  return `${number} ${at} attempt ${attempt} ${level ?? stream}: ${text}`;
}
