/** One line of a file of comma-separated values, by its number from 1. */
export interface CsvRow {
  readonly line: number;
  readonly cells: readonly string[];
}

/**
 * As RFC 4180 has them: cells in quotes may have commas, line breaks and doubled quotes. Empty lines are left out.
 * Throws a RangeError that names the line where a quote is not closed.
 */
export function parseCsv(text: string): readonly CsvRow[] {
  const rows: CsvRow[] = [];
  // A byte order mark, as spreadsheets write it.
  let at = text.startsWith('\ufeff') ? 1 : 0;
  for (let line = 1; at < text.length; ) {
    const first = line;
    const cells: string[] = [];
    for (let ended = false; !ended; ) {
      const cell = text[at] === '"' ? quoted(text, at, line) : plain(text, at);
      cells.push(cell.value.trim());
      line += cell.breaks;
      at = cell.end;
      ended = text[at] !== ',';
      at += 1;
    }
    if (text[at - 1] === '\r' && text[at] === '\n') at += 1;
    line += 1;
    if (cells.some((cell) => cell !== '')) rows.push({ line: first, cells });
  }
  return rows;
}

interface Cell {
  readonly value: string;
  /** Where what follows it begins. */
  readonly end: number;
  readonly breaks: number;
}

function plain(text: string, from: number): Cell {
  let end = from;
  while (end < text.length && text[end] !== ',' && text[end] !== '\n' && text[end] !== '\r') end += 1;
  return { value: text.slice(from, end), end, breaks: 0 };
}

function quoted(text: string, from: number, line: number): Cell {
  let value = '';
  let breaks = 0;
  for (let at = from + 1; at < text.length; at += 1) {
    if (text[at] !== '"') {
      if (text[at] === '\n') breaks += 1;
      value += text[at];
    } else if (text[at + 1] === '"') {
      value += '"';
      at += 1;
    } else {
      const rest = plain(text, at + 1);
      return { value: value + rest.value, end: rest.end, breaks };
    }
  }
  throw new RangeError(`line ${line}: a quote is opened and not closed`);
}
