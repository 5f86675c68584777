import { readFileSync } from 'node:fs';
import { parseJson } from '../../contract/input/json.ts';
import { addIssues } from '../../contract/input/issues.ts';
import { Problems } from '../../contract/input/problems.ts';
import { themesFile } from '../../kinds/product-image/contract/themes.ts';
import type { Theme } from '../../kinds/product-image/domain/theme.ts';

/** `problem` completes "THEMES_FILE …". */
type ReadThemes =
  | { readonly ok: true; readonly themes: readonly Theme[] }
  | { readonly ok: false; readonly problem: string };

const mostBytes = 1_048_576;

/** Reads themes of one's own from a JSON file. */
export function readThemesFile(file: string): ReadThemes {
  const wrong = (problem: string): ReadThemes => ({ ok: false, problem: `(${file}) ${problem}` });
  let bytes: Buffer;
  try {
    bytes = readFileSync(file);
  } catch (error) {
    return wrong(`cannot be read: ${(error as NodeJS.ErrnoException).code ?? (error as Error).message}`);
  }
  if (bytes.length > mostBytes) return wrong(`has ${bytes.length} bytes, and ${mostBytes} is the most`);
  let json: unknown;
  try {
    json = parseJson(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch (error) {
    return wrong(`is not JSON: ${(error as Error).message}`);
  }
  const parsed = themesFile.safeParse(json);
  if (!parsed.success) {
    const problems = new Problems();
    addIssues(parsed.error.issues, json, problems);
    const [[path, problem] = ['', 'is not valid']] = Object.entries(problems.fields());
    return wrong(path === '' ? problem : `is not valid: ${path} ${problem}`);
  }
  const themes = parsed.data;
  const twice = themes.find(({ name }, at) => themes.findIndex((other) => other.name === name) !== at);
  return twice === undefined ? { ok: true, themes } : wrong(`has the theme ${twice.name} twice`);
}
