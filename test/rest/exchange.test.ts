import { describe, expect, it } from 'vitest';
import { refuse } from '../../src/domain/errors.ts';
import type { Jobs } from '../../src/application/jobs/jobs.ts';
import { asMira, jobId, json, recordingApplication, startApp } from './harness.ts';

function appWhose(get: Jobs['get']) {
  const application = recordingApplication([]);
  return startApp({ application: { ...application, jobs: { ...application.jobs, get } } });
}

describe('routing', () => {
  const { app } = startApp();

  it('answers an unknown route in the envelope', async () => {
    const response = await app.request('/api/nothing');
    expect(response.status).toBe(404);
    expect(await json(response)).toMatchObject({ success: false, error: { code: 'not_found' } });
  });

  it.each([
    ['PATCH', '/api/jobs', 'POST, GET, HEAD, OPTIONS'],
    ['DELETE', `/api/jobs/${jobId}/cancel`, 'POST, OPTIONS'],
    ['GET', `/api/jobs/${jobId}/cancel`, 'POST, OPTIONS'],
    ['PROPFIND', '/docs', 'GET, HEAD, OPTIONS'],
    ['HEAD', `/api/jobs/${jobId}/cancel`, 'POST, OPTIONS'],
  ])('answers %s %s with what is allowed', async (method, path, allow) => {
    const response = await app.request(path, { method });
    expect(response.status).toBe(405);
    expect(response.headers.get('allow')?.split(', ').sort()).toEqual(allow.split(', ').sort());
  });

  it('answers OPTIONS with what is allowed', async () => {
    const response = await app.request('/api/rules', { method: 'OPTIONS' });
    expect(response.status).toBe(204);
    expect(response.headers.get('allow')).toContain('POST');
    expect(response.headers.get('access-control-allow-origin')).toBeNull();
  });

  it('answers HEAD as GET without a body', async () => {
    const response = await app.request(`/api/jobs/${jobId}`, { method: 'HEAD', headers: asMira });
    expect(response.status).toBe(200);
    expect(response.headers.get('content-type')).toBe('application/json');
    expect(await response.text()).toBe('');
  });

  it('takes a slash at the end', async () => {
    expect((await app.request('/api/presets/', { headers: asMira })).status).toBe(200);
  });
});

describe('request ids and logs', () => {
  it('keeps a request id that is fit to be logged', async () => {
    const { app, logged, calls } = startApp();
    const response = await app.request(`/api/jobs/${jobId}`, { headers: { ...asMira, 'x-request-id': 'order-17' } });
    expect(response.headers.get('x-request-id')).toBe('order-17');
    expect(calls.at(-1)?.args[0]).toMatchObject({ correlationId: 'order-17', caller: { userId: 'mira' } });
    expect(logged).toEqual([
      {
        level: 'info',
        message: 'request',
        fields: {
          requestId: 'order-17', method: 'GET', path: `/api/jobs/${jobId}`, route: '/api/jobs/:id', status: 200,
          ms: expect.any(Number), userId: 'mira',
        },
      },
    ]);
  });

  it('logs requests at debug where it is told to, faults not', async () => {
    const { app, logged } = startApp({ requestLevel: 'debug' });
    app.get('/fault', () => Promise.reject(new Error('broken')));
    await app.request(`/api/jobs/${jobId}`, { headers: asMira });
    expect(logged.map(({ level }) => level)).toEqual(['debug']);
    await app.request('/fault');
    expect(logged.at(-1)).toMatchObject({ level: 'error', message: 'request' });
  });

  it.each(['a b', 'x'.repeat(129), '<script>', ''])('makes its own instead of %j', async (given) => {
    const { app } = startApp();
    const response = await app.request('/livez', { headers: { 'x-request-id': given } });
    expect(response.headers.get('x-request-id')).toBe('request-1');
  });

  it.each([
    ['00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01', true],
    ['00-00000000000000000000000000000000-00f067aa0ba902b7-01', false],
    ['ff-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01', false],
    ['00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-more', false],
    ['01-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-more', true],
    ['nonsense', false],
  ])('hands on the traceparent %s: %s', async (traceparent, kept) => {
    const { app, calls } = startApp();
    await app.request('/api/user/me', { headers: { ...asMira, traceparent } });
    expect(calls.at(-1)?.args[0]).toMatchObject({ traceparent: kept ? traceparent : null });
  });

  it('observes the template, never the path', async () => {
    const seen: unknown[] = [];
    const { app } = startApp({ observe: (route, method, status) => seen.push([route, method, status]) });
    await app.request(`/api/jobs/${jobId}`, { headers: asMira });
    await app.request('/etc/passwd', { method: 'BREW' });
    expect(seen).toEqual([['/api/jobs/:id', 'GET', 200], ['none', 'OTHER', 404]]);
  });

  it('wraps routes that are put on the app afterwards', async () => {
    const { app, logged } = startApp();
    app.get('/metrics', (c) => c.text('jobs_total 1'));
    const response = await app.request('/metrics');
    expect(await response.text()).toBe('jobs_total 1');
    expect(response.headers.get('x-request-id')).toBe('request-1');
    expect(response.headers.get('x-content-type-options')).toBe('nosniff');
    expect(logged.at(-1)?.fields).toMatchObject({ path: '/metrics', status: 200 });
  });
});

describe('an error in a route', () => {
  const faults = [new Error('secret: hunter2'), 'thrown text'];
  it.each(faults)('is 500 without its reason, and logged: %s', async (thrown) => {
    const { app, logged } = appWhose(() => Promise.reject(thrown));
    const response = await app.request(`/api/jobs/${jobId}`, { headers: asMira });
    expect(response.status).toBe(500);
    const text = await response.text();
    expect(JSON.parse(text).error).toMatchObject({ code: 'internal', details: { requestId: 'request-1' } });
    expect(text).not.toContain('hunter2');
    const fault = logged.find(({ message }) => message === 'a request failed');
    expect(fault?.fields['error']).toContain(thrown instanceof Error ? 'hunter2' : 'thrown text');
  });

  it('is 500 in the envelope on routes that others added', async () => {
    const { app } = startApp();
    app.get('/broken', () => {
      throw new Error('oops');
    });
    const response = await app.request('/broken');
    expect(response.status).toBe(500);
    expect((await json(response)).error?.code).toBe('internal');
  });

  it('has Retry-After where a retry helps', async () => {
    const busy = appWhose(async () => refuse('concurrency_limit', 'Wait.', { activeJobs: 1, limit: 1 }));
    const response = await busy.app.request(`/api/jobs/${jobId}`, { headers: asMira });
    expect(response.status).toBe(429);
    expect(response.headers.get('retry-after')).toBe('5');
    expect((await json(response)).error).toEqual({
      code: 'concurrency_limit', message: 'Wait.', details: { activeJobs: 1, limit: 1 },
    });
    const slow = appWhose(async () => refuse('unavailable', 'Later.', { retryAfterSeconds: 12.2 }));
    const later = await slow.app.request(`/api/jobs/${jobId}`, { headers: asMira });
    expect([later.status, later.headers.get('retry-after')]).toEqual([503, '13']);
  });
});

describe('CORS', () => {
  const { app } = startApp({ allowedOrigins: ['https://shop.example'] });
  const preflight = (origin: string) =>
    app.request('/api/jobs', { method: 'OPTIONS', headers: { origin, 'access-control-request-method': 'POST' } });

  it('allows the pages of an allowed origin', async () => {
    const response = await preflight('https://shop.example');
    expect(response.status).toBe(204);
    expect(response.headers.get('access-control-allow-origin')).toBe('https://shop.example');
    expect(response.headers.get('access-control-allow-methods')).toContain('POST');
    expect(response.headers.get('access-control-allow-headers')).toContain('authorization');
    const answer = await app.request('/livez', { headers: { origin: 'https://shop.example' } });
    expect(answer.headers.get('access-control-allow-origin')).toBe('https://shop.example');
    expect(answer.headers.get('vary')).toBe('Origin');
  });

  it('allows no other origin', async () => {
    const response = await preflight('https://other.example');
    expect(response.headers.get('access-control-allow-origin')).toBeNull();
    expect(response.headers.get('access-control-allow-methods')).toBeNull();
  });
});

describe('health', () => {
  it('is 503 while a part is down, naming it', async () => {
    const { app } = startApp({
      health: async () => ({
        uptimeSeconds: 5, parts: { store: { status: 'unavailable', name: 'sqlite' } },
        database: { initialized: false }, setup: { needed: false },
      }),
    });
    const response = await app.request('/api/health');
    expect(response.status).toBe(503);
    expect((await json(response)).error).toMatchObject({ code: 'unavailable', message: 'Not available: store.' });
  });

  it('is 503 without details while the application is not ready', async () => {
    const application = recordingApplication([]);
    const ready = () => Promise.reject(new Error('disk /data is full'));
    const { app, logged } = startApp({ application: { ...application, ready } });
    const response = await app.request('/readyz');
    expect(response.status).toBe(503);
    expect(await response.text()).not.toContain('/data');
    expect(logged.some(({ fields }) => String(fields['error']).includes('/data'))).toBe(true);
    expect((await app.request('/livez')).status).toBe(200);
  });
});
