import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import * as z from 'zod';
import type { OpenApiDocument } from '../../../src/contract/openapi/document.ts';
import { snakeCase, unwrapped } from '../../../src/contract/input/spelling.ts';
import type { Route } from '../../../src/contract/route.ts';
import { routes } from '../../../src/main/routes.ts';
import { openTarget, type Target } from '../target.ts';
import { newUser, request, type User } from '../user.ts';

let target: Target;
let user: User;
/** The routes that this server has, and ids that are there for those with `:id`. */
let here: readonly Route[];
const ids = new Map<string, string>();

beforeAll(async () => {
  target = await openTarget();
  user = newUser(target);
  const { paths } = (await (await fetch(`${target.url}/openapi.json`)).json()) as OpenApiDocument;
  here = Object.values(routes).filter(({ path, method }) =>
    Object.hasOwn(paths[path.replace(/:(\w+)/g, '{$1}')] ?? {}, method.toLowerCase()),
  );
  ids.set('/api/jobs/', (await user.create(1)).jobId);
  ids.set('/api/accounts/', user.id);
  if (!here.includes(routes.submitTask)) return;
  ids.set('/api/v1/jobs/', (await user.post('/api/v1/jobs', { type: 'a-type' })).body.data.id);
});
afterAll(() => target.close());

function ask(route: Route, query: string, body?: unknown): ReturnType<typeof request> {
  const path = route.path.replace(/:(\w+)/g, (_, name: string) => {
    const [, id] = [...ids].find(([prefix]) => route.path.startsWith(prefix)) ?? [];
    return encodeURIComponent(id ?? route.example.params?.[name] ?? '');
  });
  const headers = { authorization: 'Bearer admin', 'x-gpu-callback-secret': target.callbackSecret };
  return request(`${target.url}${path}${query}`, route.method, body, headers);
}

/** The paths of all fields whose two spellings differ, objects in objects, lists and records included. */
function spelledTwice(schema: z.core.$ZodType | null): (readonly string[])[] {
  if (schema === null) return [];
  const { inner } = unwrapped(schema);
  if (inner instanceof z.ZodArray) return spelledTwice(inner.element).map((path) => ['0', ...path]);
  if (inner instanceof z.ZodRecord) return spelledTwice(inner.valueType).map((path) => ['x', ...path]);
  if (!(inner instanceof z.ZodObject)) return [];
  return Object.entries(inner.shape as Record<string, z.core.$ZodType>).flatMap(([name, field]) => {
    const below = spelledTwice(field).map((path) => [name, ...path]);
    return snakeCase(name) === name ? below : [[name], ...below];
  });
}

/** What no field takes, at the end of a path. */
function wrongAt([name, ...rest]: readonly string[]): unknown {
  if (name === undefined) return [[[]]];
  return name === '0' ? [wrongAt(rest)] : { [name]: wrongAt(rest) };
}

describe('every field of a request', () => {
  test('is known by its snake_case spelling too, also inside of others', async () => {
    const wrong: unknown[] = [];
    let count = 0;
    for (const route of here) {
      for (const path of spelledTwice(route.body)) {
        count += 1;
        const named = (spelling: readonly string[]) => ask(route, '', wrongAt(spelling));
        for (const spelling of [path, path.map(snakeCase)]) {
          const { status, body } = await named(spelling);
          const fields = Object.keys(body.error?.details?.fields ?? {});
          const isNamed = fields.some((field) => `${field}.`.startsWith(`${path.join('.')}.`));
          if (status !== 400 || !isNamed) wrong.push([route.name, spelling.join('.'), status, fields]);
        }
      }
    }
    expect(wrong).toEqual([]);
    expect(count).toBeGreaterThan(10);
  });

  test('is known by both spellings in a query too', async () => {
    const wrong: unknown[] = [];
    for (const route of here) {
      for (const name of Object.keys(route.query.shape).filter((each) => snakeCase(each) !== each)) {
        for (const spelling of [name, snakeCase(name)]) {
          const { status, body } = await ask(route, `?${spelling}=%2F%00`);
          const fields = Object.keys(body.error?.details?.fields ?? {});
          if (status !== 400 || !fields.includes(name)) wrong.push([route.name, spelling, status, fields]);
        }
      }
    }
    expect(wrong).toEqual([]);
  });
});

test('a limit above a list’s largest page is cut to that, whatever the list', async () => {
  const wrong: unknown[] = [];
  const lists = here.filter(({ method, query }) => method === 'GET' && 'limit' in query.shape);
  for (const route of lists) {
    const { status, body } = await ask(route, '?limit=1000000000');
    if (status !== 200) wrong.push([route.name, status, body]);
  }
  expect(wrong).toEqual([]);
  expect(lists.length).toBeGreaterThan(3);
});
