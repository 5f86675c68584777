import { Validator } from '@seriousme/openapi-schema-validator';
import * as z from 'zod';
import { describe, expect, it } from 'vitest';
import { maxItems } from '../../src/kinds/image-set/domain/decide.ts';
import { taskLifecycle } from '../../src/kinds/task/domain/lifecycle.ts';
import { refusal, refusalCodes } from '../../src/domain/errors.ts';
import { errorTraits } from '../../src/contract/errors.ts';
import { limits } from '../../src/contract/fields.ts';
import { createReader } from '../../src/contract/input/reader.ts';
import type { Route, RouteAnswer } from '../../src/contract/route.ts';
import { consoleRoutes, routes } from '../../src/main/routes.ts';
import { taskStatus } from '../../src/kinds/task/contract/task-fields.ts';
import { asMira, asWorker, json, startApp } from './harness.ts';

const { version: _, user: __, devMode: ___, ...facts } = consoleRoutes.showConsole.example.answer as Shown;
/** With every route that there may be. */
const { app } = startApp({ devMode: true, console: { routes: consoleRoutes, facts } });
const all: readonly Route[] = Object.values(routes);

type Shown = RouteAnswer<typeof consoleRoutes.showConsole>;

/** The example request of a route's documents. */
const asPage = { 'content-type': 'application/json' };

function exampleRequest({ method, path, auth, file, example }: Route): Request {
  let url = `http://waybill.test${path}`;
  for (const [name, value] of Object.entries(example.params ?? {})) url = url.replace(`:${name}`, value);
  const query = new URLSearchParams(Object.entries(example.query ?? {}).map(([name, value]) => [name, String(value)]));
  const admin = { authorization: 'Bearer admin' };
  const headers = auth === 'worker' ? asWorker : auth === 'user' ? asMira : auth === 'none' ? asPage : admin;
  if (file !== null) {
    const body = new Uint8Array([0xff, 0xd8, 0xff, 0xd9]);
    return new Request(`${url}?${query}`, { method, headers: { ...headers, 'content-type': file[0]! }, body });
  }
  const body = example.body === undefined ? null : JSON.stringify(example.body);
  return new Request(`${url}?${query}`, { method, headers, body });
}

async function firstEvent(response: Response) {
  expect(response.headers.get('content-type')).toBe('text/event-stream');
  const [, data = 'null'] = /^data: (.*)$/m.exec(await response.text()) ?? [];
  return { success: true, data: JSON.parse(data) };
}

describe('the OpenAPI document', () => {
  it('is valid OpenAPI 3.1', async () => {
    const document = (await (await app.request('/openapi.json')).json()) as Record<string, unknown>;
    const validator = new Validator();
    expect(await validator.validate(document)).toEqual({ valid: true });
    expect(validator.version).toBe('3.1');
  });

  it('has every route, with unique names and no dangling references', async () => {
    const text = await (await app.request('/openapi.json')).text();
    const document = JSON.parse(text);
    const names = Object.values<Record<string, { operationId: string }>>(document.paths).flatMap((methods) =>
      Object.values(methods).map(({ operationId }) => operationId),
    );
    expect(names.sort()).toEqual(Object.keys(routes).sort());
    for (const [, kind, name] of text.matchAll(/"#\/components\/(\w+)\/([\w.]+)"/g)) {
      expect(document.components[kind!]).toHaveProperty([name!]);
    }
  });

  it('is shown as a page that needs nothing from elsewhere', async () => {
    const response = await app.request('/docs');
    const page = await response.text();
    expect(response.headers.get('content-security-policy')).toContain("default-src 'none'");
    for (const { name, summary } of all) {
      expect(page).toContain(`id="${name}"`);
      expect(page).toContain(summary.replace("'", '&#39;'));
    }
    expect(page).toContain('string or null');
    expect(page).not.toMatch(/(?:src|href)="(?!data:|#|openapi\.json|docs\/errors\/)/);
  });
});

/** A file of lines answers with one line here; of other files, what they are is all that the documents say. */
async function answeredBy({ stream, media, example }: Route, response: Response) {
  if (stream) return firstEvent(response);
  if (media?.startsWith('image/') || media === 'application/zip') {
    expect(response.headers.get('content-type')).toBe(media);
    expect((await response.bytes()).length).toBeGreaterThan(0);
    return { success: true, data: example.answer };
  }
  return media === null ? json(response) : { success: true, data: JSON.parse(await response.text()) };
}

describe.each(all.map((route) => [route.name, route] as const))('route %s', (name, route) => {
  it('is in the table under its own name', () => {
    expect(routes[name as keyof typeof routes]).toBe(route);
  });

  it('has examples that its own schemas take', () => {
    const { example } = route;
    const reader = createReader(route);
    expect(reader.params(example.params ?? {})).toMatchObject({ ok: true });
    expect(reader.body(structuredClone(example.body))).toMatchObject({ ok: true });
    expect(z.safeParse(route.answer, example.answer)).toEqual({ success: true, data: example.answer });
  });

  it('answers its example request as its documents say', async () => {
    const response = await app.request(exampleRequest(route));
    expect(response.status).toBe(route.status);
    const { success, data } = await answeredBy(route, response);
    expect(success).toBe(true);
    const parsed = z.safeParse(z.strictObject({ data: route.answer }), { data });
    expect(parsed.error?.issues ?? []).toEqual([]);
    expect(parsed.data?.data).toEqual(data);
  });
});

describe('the tables', () => {
  it('describe each code as the domain does', () => {
    for (const code of refusalCodes) {
      expect([code, errorTraits[code].retryable]).toEqual([code, refusal(code, '').retryable]);
    }
  });

  it('say when to try again on 429 and 503', () => {
    for (const { http, retryAfterSeconds } of Object.values(errorTraits)) {
      if (http === 429 || http === 503) expect(retryAfterSeconds).toBeGreaterThan(0);
    }
  });

  it('have the limits and states of the domain', () => {
    expect(limits.items).toBe(maxItems);
    expect(taskStatus.options).toEqual(taskLifecycle.stateNames);
  });

  it('name parameters at the same place alike, so that the fast router serves them', () => {
    const seen = new Map<string, string>();
    for (const { path } of all) {
      const parts = path.split('/');
      parts.forEach((part, at) => {
        if (!part.startsWith(':')) return;
        const place = parts.slice(0, at).join('/');
        expect([path, part]).toEqual([path, seen.get(place) ?? part]);
        seen.set(place, part);
      });
    }
  });
});
