import { describe, expect, it } from 'vitest';
import { asMira, asWorker, jobId, json, startApp } from './harness.ts';

const { app, calls } = startApp();

function post(path: string, body: unknown, headers: Record<string, string> = asMira): Promise<Response> {
  const text = typeof body === 'string' || body instanceof Uint8Array ? body : JSON.stringify(body);
  return Promise.resolve(app.request(path, { method: 'POST', body: text as BodyInit, headers }));
}

async function fieldsOf(response: Promise<Response>): Promise<Readonly<Record<string, string>>> {
  const answered = await response;
  expect(answered.status).toBe(400);
  const { error } = await json(answered);
  expect(error?.code).toBe('invalid_request');
  return error?.details?.fields ?? {};
}

const execute = `/api/jobs/${jobId}/execute`;
const callback = `/api/jobs/${jobId}/callback`;

describe('field names', () => {
  it('takes camelCase and snake_case alike', async () => {
    for (const body of [{ preset: 'seller', itemCount: 3 }, { preset: 'seller', item_count: 3 }]) {
      expect((await post('/api/jobs', body)).status).toBe(201);
      expect(calls.at(-1)?.args[1]).toEqual({ preset: 'seller', itemCount: 3 });
    }
  });

  it('takes snake_case inside lists too', async () => {
    const files = [{ content_type: 'image/png', content_length: 9 }];
    await post('/api/jobs', { preset: 'seller', itemCount: 1, files });
    expect(calls.at(-1)?.args[1]).toMatchObject({ files: [{ contentType: 'image/png', contentLength: 9 }] });
  });

  it('leaves the names of concepts as they are', async () => {
    const concepts = { door_frame: { action: 'remove', value: '' }, doorFrame: { action: 'tone', value: 'warm' } };
    await post(execute, { concepts });
    expect(calls.at(-1)?.args[2]).toEqual({ concepts });
  });

  it('refuses both spellings with different values', async () => {
    const fields = await fieldsOf(post('/api/jobs', { preset: 'seller', itemCount: 3, item_count: 4 }));
    expect(fields['itemCount']).toMatch(/given twice/);
  });

  it('takes both spellings with the same value', async () => {
    expect((await post('/api/jobs', { preset: 'seller', itemCount: 3, item_count: 3 })).status).toBe(201);
  });

  it('ignores a field that it does not know', async () => {
    expect((await post('/api/jobs', { preset: 'seller', itemCount: 3, campaign: 'spring', x: null })).status).toBe(201);
    expect(calls.at(-1)?.args[1]).toEqual({ preset: 'seller', itemCount: 3 });
  });

  it.each(['itemCounts', 'item-count', 'ItemCount', 'itemcout'])('names the misspelt field %s', async (name) => {
    const fields = await fieldsOf(post('/api/jobs', { preset: 'seller', [name]: 3 }));
    expect(fields).toEqual({ [name]: 'is not a field; did you mean itemCount?', itemCount: 'is required' });
  });

  it('takes null for a field that may be left out', async () => {
    expect((await post(execute, { ruleId: null, concepts: null })).status).toBe(200);
    expect(calls.at(-1)?.args[2]).toEqual({});
  });

  it('takes no body for one in which nothing is required', async () => {
    const response = await app.request(execute, { method: 'POST', headers: asMira });
    expect(response.status).toBe(200);
  });
});

describe('values', () => {
  it.each([
    [{}, { preset: 'is required', itemCount: 'is required' }],
    [{ preset: '', itemCount: 1 }, { preset: 'must not be empty' }],
    [{ preset: 'a', itemCount: 0 }, { itemCount: 'must be at least 1' }],
    [{ preset: 'a', itemCount: 201 }, { itemCount: 'must be at most 200' }],
    [{ preset: 'a', itemCount: '3' }, { itemCount: 'must be a number' }],
    [{ preset: 'a', itemCount: 1.5 }, { itemCount: 'must be a whole number' }],
    [{ preset: ['a'], itemCount: 1 }, { preset: 'must be a text' }],
    [{ preset: 'x'.repeat(101), itemCount: 1 }, { preset: 'must have at most 100 characters' }],
    [{ preset: 'a', itemCount: 2, files: [{}] }, { files: 'must have as many entries as itemCount' }],
    [{ preset: 'a', itemCount: 1, files: [{ contentType: 'jpeg' }] }, {
      'files.0.contentType': 'must be a media type such as image/jpeg',
    }],
  ])('answers %j with the fields named', async (body, fields) => {
    expect(await fieldsOf(post('/api/jobs', body))).toEqual(fields);
  });

  it.each([
    [{ concepts: { wall: { action: 'paint' } } }, 'concepts.wall.action', /one of recolor, tone, texture, remove/],
    [{ concepts: { wall: { action: 'tone', value: 'x'.repeat(201) } } }, 'concepts.wall.value', /at most 200/],
    [{ concepts: { '': { action: 'tone' } } }, 'concepts.', /has a name that must not be empty/],
    [{ concepts: { ['x'.repeat(101)]: { action: 'tone' } } }, `concepts.${'x'.repeat(100)}…`, /at most 100/],
    [{ concepts: [] }, 'concepts', /an object/],
    [{ concepts: { wall: { action: 'tone', box: [0, 0, 2, 1] } } }, 'concepts.wall.box.2', /at most 1/],
    [{ protect: Array.from({ length: 51 }, () => 'a') }, 'protect', /at most 50/],
    [{ protect: ['a\nb'] }, 'protect.0', /one line/],
    [{ ruleId: 'nope' }, 'ruleId', /valid UUID/],
    [{ outputTemplate: 'x'.repeat(501) }, 'outputTemplate', /at most 500/],
  ])('answers %j by %s', async (body, path, problem) => {
    expect((await fieldsOf(post(execute, body)))[path]).toMatch(problem);
  });

  it('takes 50 concepts and refuses 51', async () => {
    const concepts = (n: number) =>
      Object.fromEntries(Array.from({ length: n }, (_, at) => [`part${at}`, { action: 'remove' }]));
    expect((await post(execute, { concepts: concepts(50) })).status).toBe(200);
    expect((await fieldsOf(post(execute, { concepts: concepts(51) })))['concepts']).toMatch(/at most 50/);
  });
});

describe('bodies that are not what they should be', () => {
  it.each([
    ['{"preset":', 400, /must be JSON/],
    ['null', 400, /must be an object/],
    ['[]', 400, /must be an object/],
    ['"text"', 400, /must be an object/],
    [new Uint8Array([0x7b, 0xff, 0x7d]), 400, /must be UTF-8/],
    ['['.repeat(900_000), 400, /must be JSON/],
    [`${'['.repeat(400_000)}${']'.repeat(400_000)}`, 400, /./],
    [' '.repeat(1_048_577), 413, /at most 1048576 bytes/],
  ])('answers number %# with %i', async (body, status, problem) => {
    const response = await post('/api/jobs', body);
    expect(response.status).toBe(status);
    const { error } = await json(response);
    expect(error?.code).toBe('invalid_request');
    expect(error?.message).toMatch(problem);
  });

  it('does not read more of a stream than it may', async () => {
    let sent = 0;
    const endless = new ReadableStream({
      pull(controller) {
        sent += 65_536;
        controller.enqueue(new Uint8Array(65_536));
      },
    });
    const request = new Request('http://waybill.test/api/jobs', {
      method: 'POST', body: endless, headers: asMira, duplex: 'half',
    } as RequestInit);
    expect((await app.request(request)).status).toBe(413);
    expect(sent).toBeLessThan(2 * 1_048_576);
  });

  it('believes a length that is too large without reading', async () => {
    const headers = { ...asMira, 'content-length': '99999999' };
    expect((await post('/api/jobs', '{}', headers)).status).toBe(413);
  });

  it('refuses a compressed body', async () => {
    const response = await post('/api/jobs', '{}', { ...asMira, 'content-encoding': 'gzip' });
    expect(response.status).toBe(415);
  });

  it('parses JSON whatever its content type, and with a byte order mark', async () => {
    const body = `\ufeff${JSON.stringify({ preset: 'seller', itemCount: 1 })}`;
    expect((await post('/api/jobs', body, { ...asMira, 'content-type': 'text/plain' })).status).toBe(201);
  });

  it('refuses NUL and half a surrogate pair', async () => {
    expect(await fieldsOf(post('/api/jobs', '{"preset":"a\\u0000","itemCount":1}'))).toHaveProperty('preset');
    expect(await fieldsOf(post('/api/jobs', '{"preset":"\\ud800","itemCount":1}'))).toHaveProperty('preset');
  });

  it('refuses __proto__ as a name and is not changed by it', async () => {
    const fields = await fieldsOf(post(execute, '{"concepts":{"__proto__":{"action":"remove"}}}'));
    expect(fields['concepts.__proto__']).toMatch(/not allowed/);
    expect((await post(execute, '{"__proto__":{"ruleId":"x"},"constructor":{"prototype":{"a":1}}}')).status).toBe(200);
    expect(calls.at(-1)?.args[2]).toEqual({});
    expect(({} as Record<string, unknown>)['a']).toBeUndefined();
  });

  it('refuses numbers that are too large to be whole', async () => {
    expect(await fieldsOf(post('/api/jobs', '{"preset":"a","itemCount":1e999}'))).toHaveProperty('itemCount');
    const large = '{"preset":"a","itemCount":9007199254740993}';
    expect(await fieldsOf(post('/api/jobs', large))).toHaveProperty('itemCount');
  });
});

describe('what workers send', () => {
  const result = { idx: 0, status: 'done', idempotency_key: 'k' };

  it('is handed on in the application’s words', async () => {
    const body = { ...result, status: 'failed', output_key: null, error: 'no face', extra: { deep: [] }, eror: 1 };
    expect((await post(callback, body, asWorker)).status).toBe(200);
    expect(calls.at(-1)?.args.slice(0, 2)).toEqual([
      jobId, { idx: 0, status: 'failed', idempotencyKey: 'k', error: 'no face' },
    ]);
  });

  it('has its long error cut, not refused', async () => {
    const long = `${'x'.repeat(1_999)}😀${'y'.repeat(500_000)}`;
    await post(callback, { ...result, status: 'failed', error: long }, asWorker);
    const { error } = calls.at(-1)?.args[1] as { error: string };
    expect(error).toHaveLength(2_000);
    expect(error.isWellFormed()).toBe(true);
  });

  it('has unstorable text repaired, not refused', async () => {
    await post(callback, '{"idx":0,"status":"failed","idempotency_key":"k","error":"a\\u0000b\\ud800"}', asWorker);
    expect((calls.at(-1)?.args[1] as { error: string }).error).toBe('a\ufffdb\ufffd');
    const raw = new TextEncoder().encode('{"idx":0,"status":"failed","idempotency_key":"k","error":"a#"}');
    raw[raw.indexOf(0x23)] = 0xff;
    expect((await post(callback, raw as never, asWorker)).status).toBe(200);
  });

  it('is snake_case only', async () => {
    await post(callback, { idx: 0, status: 'done', idempotencyKey: 'k', outputKey: 'o' }, asWorker);
    expect(calls.at(-1)?.args.slice(0, 2)).toEqual([jobId, { idx: 0, status: 'done' }]);
  });

  it.each([
    [{ idempotency_key: 'body' }, { 'X-Idempotency-Key': 'header' }, 'body'],
    [{}, { 'X-IDEMPOTENCY-KEY': 'header' }, 'header'],
    [{ idempotency_key: '' }, { 'x-idempotency-key': 'header' }, 'header'],
    [{ idempotency_key: null }, { 'x-idempotency-key': '' }, undefined],
    [{}, {}, undefined],
  ])('has its key in the body, or else in a header: %j and %j', async (body, headers, key) => {
    const answer = await post(callback, { idx: 0, status: 'done', ...body }, { ...asWorker, ...headers });
    expect(answer.status).toBe(200);
    expect((calls.at(-1)?.args[1] as { idempotencyKey?: string }).idempotencyKey).toBe(key);
  });

  it.each([
    [{ idx: -1 }, 'idx'],
    [{ idx: 1.5 }, 'idx'],
    [{ status: 'DONE' }, 'status'],
    [{ idempotency_key: 'x'.repeat(201) }, 'idempotency_key'],
    [{ output_key: 'x'.repeat(1_025) }, 'output_key'],
    [{ error: { type: 'ValueError' } }, 'error'],
  ])('is refused with %j', async (change, field) => {
    expect(await fieldsOf(post(callback, { ...result, ...change }, asWorker))).toHaveProperty([field]);
  });

  it('has the defaults of a pull filled in', async () => {
    await post('/api/queues/gpu-jobs/messages/pull', '', asWorker);
    expect(calls.at(-1)?.args).toEqual(['gpu-jobs', { batchSize: 1, visibilityTimeoutMs: 30_000, waitMs: 0 }]);
  });

  it('can wait for a message until the worker goes away', async () => {
    const gone = new AbortController();
    const request = new Request('http://waybill.test/api/queues/gpu-jobs/messages/pull', {
      method: 'POST', body: '{"wait_ms":1000}', headers: asWorker, signal: gone.signal,
    });
    await app.request(request);
    gone.abort();
    expect((calls.at(-1)?.args[1] as { signal: AbortSignal }).signal.aborted).toBe(true);
  });
});

describe('queries', () => {
  const get = (query: string) => app.request(`/api/jobs${query}`, { headers: asMira });

  it('are made numbers where numbers are wanted', async () => {
    expect((await get('?limit=7&status=&phase=active&owner=ben')).status).toBe(200);
    expect(calls.at(-1)?.args[1]).toEqual({ limit: 7, phase: 'active', ownerId: 'ben' });
  });

  it.each(['200', '201', '5000', '9'.repeat(40)])('have a limit of %s cut to the most that there is', async (limit) => {
    expect((await get(`?limit=${limit}`)).status).toBe(200);
    expect(calls.at(-1)?.args[1]).toEqual({ limit: 200 });
  });

  it.each([
    ['?limit=0', 'limit'],
    ['?limit=-1', 'limit'],
    ['?limit=1.5', 'limit'],
    ['?limit=ten', 'limit'],
    ['?limit=1e2', 'limit'],
    ['?limit=5&limit=6', 'limit'],
    ['?lmit=5', 'lmit'],
    ['?phase=done', 'phase'],
    ['?status=a%00b', 'status'],
    ['?owner=..', 'owner'],
  ])('%s is refused', async (query, field) => {
    expect(await fieldsOf(Promise.resolve(get(query)))).toHaveProperty(field);
  });

  it('may hold percent signs that mean nothing, but no names that mean nothing', async () => {
    expect((await get('?limit=1&&status=%&')).status).toBe(200);
    const fields = await fieldsOf(Promise.resolve(get('?_=1&%zz=%&=1')));
    expect(Object.keys(fields ?? {}).sort()).toEqual(['%zz', '_']);
  });
});

describe('ids in the path', () => {
  it.each(['1', 'nope', '%E0%A4%A', '%00', '..%2f..', `${jobId}x`, 'x'.repeat(5_000)])('%s is 404', async (id) => {
    const response = await app.request(`/api/jobs/${id}/events`, { headers: asMira });
    expect(response.status).toBe(404);
    expect((await json(response)).error?.code).toBe('not_found');
  });

  it('are taken in upper case too', async () => {
    expect((await app.request(`/api/jobs/${jobId.toUpperCase()}`, { headers: asMira })).status).toBe(200);
    expect(calls.at(-1)?.args[1]).toBe(jobId);
  });

  it('may be any user id for accounts', async () => {
    const response = await app.request(`/api/accounts/${encodeURIComponent('a@b|c+d=e~:')}`, { headers: asMira });
    expect(response.status).toBe(200);
    expect(calls.at(-1)?.args[1]).toBe('a@b|c+d=e~:');
  });
});

describe('Idempotency-Key', () => {
  const body = { preset: 'seller', itemCount: 1 };
  const create = (key: string) => post('/api/jobs', body, { ...asMira, 'idempotency-key': key });

  it('is handed on', async () => {
    expect((await create('order 17/a')).status).toBe(201);
    expect(calls.at(-1)?.args[1]).toMatchObject({ idempotencyKey: 'order 17/a' });
  });

  it.each(['', 'x'.repeat(201), 'café'])('is refused as %j', async (key) => {
    expect(await fieldsOf(create(key))).toHaveProperty(['Idempotency-Key']);
  });
});
