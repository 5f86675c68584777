import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { expect, test, vi } from 'vitest';
import { startTestServer } from './server.ts';

const guide = readFileSync(new URL('../../docs/guides/recipes.md', import.meta.url), 'utf8');

interface RouteModule {
  POST(request: Request): Promise<Response>;
  GET(request: Request): Promise<Response>;
}

test('the route of the recipe for Next.js submits a task once, and passes its events on', async () => {
  const { url, folder } = await startTestServer();
  const [, block = ''] = /^```ts\n(.*?)^```$/ms.exec(guide) ?? [];
  const file = join(folder, 'route.ts');
  const client = new URL('../../src/main/client/index.ts', import.meta.url).href;
  writeFileSync(file, block.replace("'waybill/client'", `'${client}'`));
  vi.stubEnv('WAYBILL_SERVER', url);
  vi.stubEnv('WAYBILL_TOKEN', 'mira');
  const route = (await import(pathToFileURL(file).href)) as RouteModule;
  vi.unstubAllEnvs();
  const submit = async (): Promise<{ id: string }> => {
    const body = JSON.stringify({ csv: 'name', key: 'one' });
    const response = await route.POST(new Request('http://page/api/imports', { method: 'POST', body }));
    expect(response.status).toBe(201);
    return response.json() as Promise<{ id: string }>;
  };
  const { id } = await submit();
  expect(await submit()).toEqual({ id });
  const events = await route.GET(new Request(`http://page/api/imports?id=${id}`));
  expect([events.status, events.headers.get('content-type')]).toEqual([200, 'text/event-stream']);
  const canceled = await fetch(`${url}/api/v1/jobs/${id}`, {
    method: 'DELETE', headers: { authorization: 'Bearer mira' },
  });
  expect(canceled.status).toBe(200);
  // Ends with the task.
  expect(await events.text()).toContain('TaskCanceled');
  const stranger = await route.GET(new Request('http://page/api/imports?id=01935a3e-7c1d-7e62-9f10-3b6c5a8d2e41'));
  expect(stranger.status).toBe(404);
});

test('the CORS rule of the recipes is JSON', () => {
  const [, block = ''] = /^```json\n(.*?)^```$/ms.exec(guide) ?? [];
  expect(JSON.parse(block)).toMatchObject({ CORSRules: [{ AllowedMethods: ['GET', 'HEAD', 'PUT'] }] });
});
