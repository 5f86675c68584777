import { readFileSync } from 'node:fs';
import { parseJson } from '../../contract/input/json.ts';
import { Problems } from '../../contract/input/problems.ts';
import { checkJson } from '../../contract/input/text.ts';
import { UsageProblem } from './usage-problem.ts';

/** For help: what `readJsonValue` takes. */
export const jsonPlaceholder = 'JSON|@FILE';

/** The JSON of a flag, itself or in a file. Throws UsageProblem when it is none, or none that the server could keep. */
export function readJsonValue(flag: string, text: string): unknown {
  const json = text.startsWith('@') ? readText(flag, text.slice(1)) : text;
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

function readText(flag: string, path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    throw new UsageProblem(`${flag} names a file that cannot be read: ${(error as Error).message}`);
  }
}
