import { plainJson } from '../../../contract/input/plain-json.ts';
import { Problems } from '../../../contract/input/problems.ts';
import { checkJson } from '../../../contract/input/text.ts';

/** Of a result's JSON in UTF-8, by the contract. */
const mostBytes = 256 * 1024;
/** In lists every value has a comma. */
const mostValues = mostBytes / 2;

/** What a handler or a step gave as it will be read: no getters, and nothing that could still change; or why not. */
export type Storable =
  | { readonly ok: true; readonly value: unknown; readonly bytes: number }
  | { readonly ok: false; readonly why: string };

/** @param what the value is, for the problem: `The handler's result`; `name`: what paths in it begin with */
export function storable(result: unknown, what: string, name = 'result'): Storable {
  if (result === undefined || result === null || typeof result === 'boolean') {
    return { ok: true, value: result ?? null, bytes: 5 };
  }
  const problems = new Problems();
  const value = checkJson(plainJson(result, name, problems, mostValues), name, 'refuse', problems);
  const [problem] = Object.entries(problems.fields());
  if (problem !== undefined) return { ok: false, why: `${what} cannot be stored: ${problem.join(' ')}.` };
  const bytes = Buffer.byteLength(JSON.stringify(value));
  if (bytes <= mostBytes) return { ok: true, value, bytes };
  return { ok: false, why: `${what} has ${bytes} bytes of JSON, and ${mostBytes} is the most.` };
}
