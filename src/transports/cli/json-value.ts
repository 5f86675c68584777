import { readFileSync } from 'node:fs';
import { parseJson } from '../../contract/input/json.ts';
import { Problems } from '../../contract/input/problems.ts';
import { checkJson } from '../../contract/input/text.ts';
import { UsageProblem } from './usage-problem.ts';

/** For help: what `readJsonValue` takes. */
export const jsonPlaceholder = 'JSON|@FILE';

/** For help: what `readJsonOrInput` takes. */
export const jsonOrInput = 'JSON|@FILE|-';

/** The JSON of a flag, itself or in a file. Throws UsageProblem when it is none, or none that the server could keep. */
export function readJsonValue(flag: string, text: string): unknown {
  return jsonOf(flag, text.startsWith('@') ? readFile(flag, text.slice(1)) : text);
}

/** The same, or from standard input. */
export async function readJsonOrInput(flag: string, text: string, input: Input = process.stdin): Promise<unknown> {
  return text === '-' ? jsonOf(flag, await readInput(flag, input)) : readJsonValue(flag, text);
}

function jsonOf(flag: string, json: string): unknown {
  let value: unknown;
  try {
    value = parseJson(json);
  } catch (error) {
    throw new UsageProblem(`${flag} is no JSON: ${(error as Error).message}`);
  }
  const problems = new Problems();
  checkJson(value, '', 'refuse', problems);
  const [problem] = Object.entries(problems.fields());
  if (problem !== undefined) throw new UsageProblem(`${flag} cannot be stored: ${problem.join(' ').trim()}`);
  return value;
}

type Input = AsyncIterable<Buffer | string>;

/** More than any route takes: whoever sends more by mistake hears of it before memory is full. */
const mostInputBytes = 16 * 1024 ** 2;

async function readInput(flag: string, input: Input): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of input) {
    chunks.push(Buffer.from(chunk));
    bytes += chunk.length;
    if (bytes > mostInputBytes) throw new UsageProblem(`${flag} - reads at most 16 MB, and there is more`);
  }
  return Buffer.concat(chunks).toString('utf8');
}

function readFile(flag: string, path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    throw new UsageProblem(`${flag} names a file that cannot be read: ${(error as Error).message}`);
  }
}
