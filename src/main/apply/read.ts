import { isMap, isNode, isPair, isScalar, LineCounter, parseDocument, type Document } from 'yaml';
import * as z from 'zod';
import { addIssues } from '../../contract/input/issues.ts';
import { lookalike } from '../../contract/input/lookalike.ts';
import { Problems } from '../../contract/input/problems.ts';
import { checkJson } from '../../contract/input/text.ts';
import { unwrapped } from '../../contract/input/spelling.ts';
import { isObject } from './changes.ts';
import { deletable, entries, names, sections, type ApplyFile, type Section } from './file.ts';

const mostBytes = 4 * 1024 ** 2;

type Path = readonly (string | number)[];

/** One line for each thing that is wrong: `FILE:LINE: PATH PROBLEM`. */
export type ReadFile =
  | { readonly ok: true; readonly file: ApplyFile }
  | { readonly ok: false; readonly problems: readonly string[] };

/** YAML, or JSON, which is YAML. */
export function readApplyFile(name: string, text: string): ReadFile {
  if (Buffer.byteLength(text) > mostBytes) return { ok: false, problems: [`${name}: has more than 4 MB`] };
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, uniqueKeys: true });
  const at = (offset: number): string => `${name}:${lines.linePos(offset).line}`;
  if (document.errors.length > 0) {
    const problems = document.errors.map(({ pos, message }) => `${at(pos[0])}: ${message.split('\n', 1)[0]}`);
    return { ok: false, problems };
  }
  let json: unknown;
  try {
    json = document.toJS({ maxAliasCount: 100 });
  } catch (error) {
    return { ok: false, problems: [`${name}: ${(error as Error).message}`] };
  }
  const found: [Path, string][] = [];
  const file = parsed(json, (path, problem) => found.push([path, problem]));
  if (found.length === 0) return { ok: true, file };
  return {
    ok: false,
    problems: found.map(([path, problem]) => (
      `${at(offsetOf(document, path))}: ${path.length === 0 ? 'it' : path.join('.')} ${problem}`
    )),
  };
}

type Report = (path: Path, problem: string) => void;

function parsed(json: unknown, report: Report): ApplyFile {
  const file: Record<string, Record<string, unknown>> = {};
  if (!isObject(json)) {
    report([], `must be an object with some of ${sections.join(', ')}`);
    return file;
  }
  for (const [section, given] of Object.entries(json)) {
    if (!isSection(section)) report([section], unknown(section, sections));
    else if (isObject(given)) file[section] = entriesOf(section, given, report);
    else if (given !== null) report([section], 'must be an object: the entries by their names');
  }
  return file;
}

function entriesOf(section: Section, given: Record<string, unknown>, report: Report): Record<string, unknown> {
  const found: Record<string, unknown> = Object.create(null);
  for (const [name, entry] of Object.entries(given)) {
    const path = [section, name];
    const named = names[section].safeParse(name);
    if (!named.success) report(path, `is no name for one of ${section}: ${problemOf(named.error.issues[0]!, name)}`);
    else if (entry !== null) found[name] = entryOf(section, name, entry, report);
    else if (deletable.has(section)) found[name] = null;
    else report(path, `cannot be null: ${section} cannot be deleted`);
  }
  return found;
}

function entryOf(section: Section, name: string, entry: unknown, report: Report): unknown {
  const path = [section, name];
  if (!isObject(entry)) return report(path, 'must be an object');
  const storable = new Problems();
  checkJson(entry, '', 'refuse', storable);
  for (const [field, problem] of Object.entries(storable.fields())) report([...path, ...field.split('.')], problem);
  if (storable.found) return undefined;
  if (section === 'schedules' && Object.hasOwn(entry, 'name')) report([...path, 'name'], 'is the key of the entry');
  const whole = section === 'schedules' ? { ...entry, name } : entry;
  const schema = entries[section];
  findUnknown(schema, whole, path, report);
  const result = schema.safeParse(whole);
  if (result.success) return result.data;
  for (const issue of result.error.issues) report([...path, ...(issue.path as Path)], problemOf(issue, whole));
  return undefined;
}

function problemOf(issue: z.core.$ZodIssue, input: unknown): string {
  const problems = new Problems();
  addIssues([issue], input, problems);
  return Object.values(problems.fields())[0] ?? 'is not valid';
}

/** The routes drop what they do not know; in a file it is a mistake. */
function findUnknown(schema: z.core.$ZodType, value: unknown, path: Path, report: Report): void {
  const { inner } = unwrapped(schema);
  if (Array.isArray(value) && inner instanceof z.ZodArray) {
    return value.forEach((each, index) => findUnknown(inner.element, each, [...path, index], report));
  }
  if (!isObject(value)) return;
  const object = inner instanceof z.ZodDiscriminatedUnion ? optionFor(inner, value) : inner;
  if (!(object instanceof z.ZodObject)) return;
  const shape = object.shape as Record<string, z.core.$ZodType>;
  for (const [key, each] of Object.entries(value)) {
    const field = Object.hasOwn(shape, key) ? shape[key] : undefined;
    if (field === undefined) report([...path, key], unknown(key, Object.keys(shape)));
    else findUnknown(field, each, [...path, key], report);
  }
}

function optionFor({ def, options }: z.ZodDiscriminatedUnion, value: Record<string, unknown>): unknown {
  const chosen = value[def.discriminator];
  return options.find((option) => option._zod.propValues?.[def.discriminator]?.has(chosen as string | undefined));
}

function unknown(key: string, known: readonly string[]): string {
  const meant = lookalike(key, known);
  return meant === null ? `is not a field; it takes ${known.join(', ')}` : `is not a field; did you mean ${meant}?`;
}

function isSection(name: string): name is Section {
  return Object.hasOwn(entries, name);
}

/** Where a path is in the text: its key, or what it is missing from. */
function offsetOf(document: Document, path: Path): number {
  for (let length = path.length; length > 0; length--) {
    const parent: unknown = length === 1 ? document.contents : document.getIn(path.slice(0, length - 1), true);
    const last = path[length - 1];
    if (isMap(parent)) {
      const pair = parent.items.find((item) => isPair(item) && isScalar(item.key) && String(item.key.value) === last);
      if (pair !== undefined && isNode(pair.key) && pair.key.range) return pair.key.range[0];
    } else {
      const node: unknown = document.getIn(path.slice(0, length), true);
      if (isNode(node) && node.range) return node.range[0];
    }
  }
  return document.contents?.range?.[0] ?? 0;
}
