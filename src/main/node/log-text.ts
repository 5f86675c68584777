import { styleText } from 'node:util';
import type { LogEntry } from './logger.ts';

const colors = { debug: 'dim', info: 'green', warn: 'yellow', error: 'red' } as const;

/** Lines for a person: `09:30:00.120 info  listening url=http://127.0.0.1:8787`, texts of several lines below them. */
export function logText(colored: boolean): (entry: LogEntry) => string {
  const level = (name: LogEntry['level']): string => {
    const padded = name.padEnd(5);
    return colored ? styleText(colors[name], padded, { stream: process.stderr }) : padded;
  };
  return ({ time, level: name, message, ...fields }) => {
    const inline: string[] = [];
    const below: string[] = [];
    for (const [field, value] of Object.entries(fields)) {
      if (value === null || value === undefined) continue;
      if (typeof value === 'string' && value.includes('\n')) below.push(indented(value));
      else inline.push(`${field}=${written(value)}`);
    }
    // The date is on the person's calendar.
    const head = [time.slice(11, 23), level(name), shown(message), ...inline].join(' ');
    return [head, ...below].join('\n');
  };
}

function written(value: unknown): string {
  if (typeof value !== 'string') return shown(JSON.stringify(value));
  return /^[^\s"=]+$/.test(value) ? shown(value) : shown(JSON.stringify(value));
}

function indented(text: string): string {
  return text.trimEnd().split('\n').map((line) => `    ${shown(line)}`).join('\n');
}

/** Control characters of what others wrote must not reach the terminal. */
function shown(text: string): string {
  return text.replace(/[\u0000-\u001f\u007f-\u009f]/g, ' ');
}
