import * as z from 'zod';
import type { Route, RouteRequest } from '../route.ts';
import { addIssues } from './issues.ts';
import { lookalike } from './lookalike.ts';
import { pathOf, Problems } from './problems.ts';
import { compileSpelling, readLater, snakeCase, unwrapped } from './spelling.ts';

export type Read<T> =
  | { readonly ok: true; readonly value: T }
  /** What is wrong, by the path of the field; `body` stands for the whole. */
  | { readonly ok: false; readonly fields: Readonly<Record<string, string>> };

/** Turns what came from outside into what a route's handler is given. */
export interface Reader<R extends Route = Route> {
  params(raw: Readonly<Record<string, string>>): Read<RouteRequest<R>['params']>;
  query(raw: URLSearchParams): Read<RouteRequest<R>['query']>;
  /** Of JSON from `parseJson`, which it may change; undefined is taken as an empty object. */
  body(json: unknown): Read<RouteRequest<R>['body']>;
}

export function createReader<R extends Route>(route: R): Reader<R> {
  const { lenient } = route;
  const spellQuery = compileSpelling(route.query, lenient);
  const spellBody = compileSpelling(route.body ?? z.object({}), lenient);
  const coerce = compileCoercion(route.query);
  const queryNames = Object.keys(route.query.shape);
  const hasParams = Object.keys(route.params.shape).length > 0;
  const listsLater = listsReadLater(route.body);
  let noQuery: Read<unknown> | null = null;
  return {
    params: (raw) => (hasParams ? parsed(route.params, raw, new Problems()) : nothing) as never,
    query: (raw) => {
      // What is read of none is always the same.
      if (raw.size === 0) return (noQuery ??= parsed(route.query, {}, new Problems())) as never;
      const problems = new Problems();
      const given = coerce(raw, problems);
      if (!lenient) checkNames(raw.keys(), queryNames, problems);
      return parsed(route.query, spellQuery(given, '', problems), problems) as never;
    },
    body: (json) => {
      if (route.body === null) return { ok: true, value: null as never };
      const problems = new Problems();
      const spelled = spellBody(json === undefined ? {} : json, '', problems);
      const lists = takeOff(listsLater, spelled);
      const read = parsed(route.body, spelled, problems, 'body');
      if (lists !== null && read.ok) Object.assign(read.value as object, lists);
      return read as never;
    },
  };
}

const nothing: Read<unknown> = { ok: true, value: {} };

/** Lists of a body whose entries are read later, with how many they may have. */
function listsReadLater(body: z.ZodType | null): ReadonlyMap<string, number> {
  if (!(body instanceof z.ZodObject)) return new Map();
  return new Map(
    Object.entries(body.shape as Record<string, z.core.$ZodType>).flatMap(([name, field]) => {
      const { inner } = unwrapped(field);
      if (!(inner instanceof z.ZodArray) || !readLater.has(inner.element)) return [];
      const { maximum = 0 } = inner._zod.bag as { readonly maximum?: number };
      return [[name, maximum]];
    }),
  );
}

/**
 * Takes off all but the first entry of such lists, which says the same of them as all: the schema would walk through
 * each, and any is right. Null: none was shortened.
 */
function takeOff(lists: ReadonlyMap<string, number>, body: unknown): Readonly<Record<string, unknown>> | null {
  if (lists.size === 0 || typeof body !== 'object' || body === null) return null;
  const taken: Record<string, unknown> = {};
  const fields = body as Record<string, unknown>;
  for (const [name, most] of lists) {
    const list = fields[name];
    if (!Array.isArray(list) || list.length > most) continue;
    taken[name] = list;
    fields[name] = list.slice(0, 1);
  }
  return taken;
}

/** For an entry of a list that is read later (see `readLater`), of JSON from `parseJson`, which it may change. */
export function createValueReader<S extends z.ZodType>(
  schema: S,
  lenient: boolean,
): (json: unknown) => Read<z.output<S>> {
  const spell = compileSpelling(schema, lenient);
  return (json) => {
    const problems = new Problems();
    return parsed(schema, spell(json, '', problems), problems, 'it') as Read<z.output<S>>;
  };
}

function parsed(schema: z.ZodType, input: unknown, problems: Problems, whole = ''): Read<unknown> {
  const result = schema.safeParse(input);
  if (result.success && !problems.found) return { ok: true, value: result.data };
  if (!result.success) addIssues(result.error.issues, input, problems);
  const { '': all, ...fields } = problems.fields();
  return { ok: false, fields: all === undefined ? fields : { [whole]: all, ...fields } };
}

/**
 * A query is text: makes numbers and booleans of it where the schema wants them, and a list of what may be given
 * several times. Empty means absent.
 */
function compileCoercion(schema: z.ZodObject): (raw: URLSearchParams, problems: Problems) => Record<string, unknown> {
  const wanted = new Map<string, 'number' | 'boolean'>();
  const repeatable = new Set<string>();
  for (const [name, field] of Object.entries(schema.shape as Record<string, z.core.$ZodType>)) {
    const { inner } = unwrapped(field);
    const sort = inner instanceof z.ZodNumber ? 'number' : inner instanceof z.ZodBoolean ? 'boolean' : undefined;
    if (inner instanceof z.ZodArray) repeatable.add(name).add(snakeCase(name));
    if (sort !== undefined) wanted.set(name, sort).set(snakeCase(name), sort);
  }
  return (raw, problems) => {
    const given = new Map<string, unknown>();
    for (const [name, text] of raw) {
      if (text === '') continue;
      if (repeatable.has(name)) {
        const before = given.get(name);
        given.set(name, Array.isArray(before) ? [...before, text] : [text]);
      } else if (given.has(name)) problems.add(name, 'must be given only once');
      else given.set(name, coerced(text, wanted.get(name)));
    }
    return Object.fromEntries(given);
  };
}

function coerced(text: string, wanted: 'number' | 'boolean' | undefined): unknown {
  if (wanted === 'number') return /^-?\d{1,40}(\.\d{1,16})?$/.test(text) ? Number(text) : text;
  if (wanted !== 'boolean') return text;
  return text === 'true' || text === '1' ? true : text === 'false' || text === '0' ? false : text;
}

const maxNamed = 20;

/** What a query asks for and is not known would be left undone without a word. */
function checkNames(given: Iterable<string>, known: readonly string[], problems: Problems): void {
  const unknown = new Set(given);
  unknown.delete('');
  for (const name of known) for (const spelling of [name, snakeCase(name)]) unknown.delete(spelling);
  for (const name of [...unknown].slice(0, maxNamed)) {
    const meant = lookalike(name, known);
    const advice = known.length === 0 ? 'this takes none' : `this takes ${known.join(', ')}`;
    problems.add(pathOf('', name), `is not a parameter; ${meant === null ? advice : `did you mean ${meant}?`}`);
  }
}
