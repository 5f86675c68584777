import { styleText } from 'node:util';

/** Where a command writes: results on standard output, everything else on standard error. */
export interface Output {
  readonly json: boolean;
  /** One line, or several, of the result. */
  print(text: string): void;
  /** The result as JSON; `line` puts it on one line, for results that come one after the other. */
  printJson(value: unknown, layout?: 'pretty' | 'line'): void;
  /** For the person who looks on; also with --json. */
  note(text: string): void;
  readonly errorStream: TerminalStream;
  /** For what goes to standard error. */
  readonly style: Style;
  /** For what goes to standard output: changes nothing unless that is a terminal. */
  readonly resultStyle: Style;
}

/** What is needed of a standard stream. */
export interface TerminalStream {
  readonly isTTY?: boolean;
  readonly columns?: number;
  write(text: string): unknown;
}

export type Style = (name: 'bold' | 'dim' | 'red' | 'green' | 'yellow' | 'cyan', text: string) => string;

export function createOutput(
  streams: { readonly out: TerminalStream; readonly error: TerminalStream },
  json: boolean,
): Output {
  const { out, error } = streams;
  return {
    json,
    print: (text) => void out.write(`${text}\n`),
    printJson: (value, layout = 'pretty') =>
      void out.write(`${layout === 'line' ? JSON.stringify(value) : JSON.stringify(value, null, 2)}\n`),
    note: (text) => void error.write(`${text}\n`),
    errorStream: error,
    style: (name, text) => (error.isTTY ? styleText(name, text, { stream: process.stderr }) : text),
    resultStyle: (name, text) => (out.isTTY ? styleText(name, text, { stream: process.stdout }) : text),
  };
}

/** Columns under their titles; the last one is not padded. */
export function table(titles: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = titles.map((title, column) => Math.max(title.length, ...rows.map((row) => row[column]?.length ?? 0)));
  const line = (row: readonly string[]): string =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd();
  return [titles, ...rows].map(line).join('\n');
}

/** Names and values below each other. */
export function fields(pairs: readonly (readonly [name: string, value: string | number | null])[]): string {
  const shown = pairs.filter(([, value]) => value !== null);
  const width = Math.max(...shown.map(([name]) => name.length));
  return shown.map(([name, value]) => `${name.padEnd(width)}  ${value}`).join('\n');
}

/** Micro-dollars: `$1.50`, and as many places as it takes below a cent. */
export function dollars(micro: number): string {
  return `$${(micro / 1_000_000).toFixed(micro % 10_000 === 0 ? 2 : 6)}`;
}

/** As `plain`, for lines of logs: what gives text a colour stays, and so do tabs. */
export function printable(text: string): string {
  const special = /(\u001b\[[0-9;]*m)|[\u0000-\u0008\u000a-\u001f\u007f-\u009f]/g;
  return text.replace(special, (_, colour?: string) => colour ?? ' ');
}

/** Control characters of what others wrote must not reach the terminal. */
export function plain(text: string): string {
  return text.replace(/[\u0000-\u001f\u007f-\u009f]/g, ' ');
}
