import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openTarget, type Target } from '../target.ts';
import { callback, concepts, newUser, request } from '../user.ts';

let target: Target;
beforeAll(async () => {
  target = await openTarget();
});
afterAll(() => target.close());

const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

describe('every answer', () => {
  test('is success with data, or an error with code and message', async () => {
    const user = newUser(target);
    const good = await user.get('/api/user/me');
    expect(good.body).toEqual({ success: true, data: expect.any(Object) });
    const bad = await user.get(`/api/jobs/${randomUUID()}`);
    expect(bad.body).toEqual({
      success: false,
      error: expect.objectContaining({ code: 'not_found', message: expect.any(String) }),
    });
  });

  test.each([
    ['GET', '/api/user/me'], ['POST', '/api/jobs'], ['GET', '/api/rules'], ['GET', '/api/presets'],
    ['GET', '/api/jobs/01935a3e-7c1d-7e62-9f10-3b6c5a8d2e41'],
    ['POST', '/api/jobs/01935a3e-7c1d-7e62-9f10-3b6c5a8d2e41/cancel'],
  ])('to %s %s without a token is 401', async (method, path) => {
    const answer = await request(target.url + path, method, method === 'POST' ? {} : undefined);
    expect(answer.status).toBe(401);
    expect(answer.body).toMatchObject({ success: false, error: { code: 'unauthenticated' } });
  });
});

describe('POST /api/jobs', () => {
  test('answers the job id, one presigned PUT URL per item with its key, and the confirm URL', async () => {
    const user = newUser(target);
    const answer = await user.post('/api/jobs', { preset: 'remove-background', itemCount: 3 });
    expect(answer.body.success).toBe(true);
    const { jobId, urls, confirmUrl } = answer.body.data;
    expect(jobId).toMatch(uuid);
    expect(urls.map(({ idx }: { idx: number }) => idx)).toEqual([0, 1, 2]);
    for (const { idx, key } of urls) expect(key).toBe(`inputs/${user.id}/${jobId}/${idx}.jpg`);
    expect((await fetch(urls[1].url, { method: 'PUT', body: new Uint8Array([0xff, 0xd8, 0xff]) })).ok).toBe(true);
    expect((await user.post(confirmUrl, { totalItems: 3 })).body.data).toMatchObject({ jobId, status: 'uploaded' });
  });

  test.each([0, 201, -1, 1.5, '3', null])('takes 1 to 200 items, not %j', async (itemCount) => {
    const answer = await newUser(target).post('/api/jobs', { preset: 'seller', itemCount });
    expect(answer.status).toBe(400);
    expect(answer.body.error.details.fields).toHaveProperty('itemCount');
  });

  test('answers 400 to an unknown preset, naming the field', async () => {
    const answer = await newUser(target).post('/api/jobs', { preset: 'nope', itemCount: 1 });
    expect(answer.status).toBe(400);
    expect(answer.body.error.details.fields).toHaveProperty('preset');
  });

  test('binds a declared length and type into the upload URLs, and refuses what no upload may have', async () => {
    const user = newUser(target);
    const files = [{ contentType: 'image/jpeg', contentLength: 4 }];
    const created = await user.post('/api/jobs', { preset: 'seller', itemCount: 1, files });
    const { url } = created.body.data.urls[0];
    const put = (type: string, size: number): Promise<Response> =>
      fetch(url, { method: 'PUT', headers: { 'content-type': type }, body: new Uint8Array(size) });
    expect((await put('image/jpeg', 5)).ok).toBe(false);
    expect((await put('image/png', 4)).ok).toBe(false);
    expect((await put('image/jpeg', 4)).ok).toBe(true);
    await user.post(`/api/jobs/${created.body.data.jobId}/cancel`);
    const tooLarge = [{ contentLength: 2 ** 32 }];
    const refused = await user.post('/api/jobs', { preset: 'seller', itemCount: 1, files: tooLarge });
    expect(refused.status).toBe(400);
    expect(refused.body.error.details.fields).toHaveProperty(['files.0.contentLength']);
    expect(await user.me()).toMatchObject({ credits: 10, activeJobs: 0 });
  });

  test('accepts the snake_case spelling of its fields', async () => {
    const user = newUser(target);
    const { body } = await user.post('/api/jobs', { preset: 'interior', item_count: 2 });
    expect(body.data.urls).toHaveLength(2);
    const { jobId } = body.data;
    const confirmed = await user.post(`/api/jobs/${jobId}/confirm-upload`, { total_items: 1 });
    expect(confirmed.body.data.status).toBe('uploaded');
  });

  test('answers the first job to a repeated Idempotency-Key, and charges once', async () => {
    const user = newUser(target);
    const headers = { 'idempotency-key': 'order-1' };
    const first = await user.post('/api/jobs', { preset: 'seller', itemCount: 4 }, headers);
    const again = await user.post('/api/jobs', { preset: 'seller', itemCount: 4 }, headers);
    expect(again.body.data.jobId).toBe(first.body.data.jobId);
    expect(await user.me()).toMatchObject({ credits: 6, reserved: 4, activeJobs: 1 });
    const other = await user.post('/api/jobs', { preset: 'seller', itemCount: 5 }, headers);
    expect(other.status).toBe(422);
  });
});

describe('POST /api/jobs/:id/confirm-upload', () => {
  test('takes at most the count reserved', async () => {
    const user = newUser(target);
    const { jobId } = await user.create(2);
    const answer = await user.post(`/api/jobs/${jobId}/confirm-upload`, { totalItems: 3 });
    expect(answer.status).toBe(400);
    expect(answer.body.error.details.fields).toHaveProperty('totalItems');
    expect(await user.status(jobId)).toBe('created');
  });

  test('returns the surplus reservation at once', async () => {
    const user = newUser(target);
    const { jobId } = await user.create(5);
    expect(await user.me()).toMatchObject({ credits: 5, reserved: 5 });
    await user.post(`/api/jobs/${jobId}/confirm-upload`, { totalItems: 2 });
    expect(await user.me()).toMatchObject({ credits: 8, reserved: 2 });
  });

  test.each([
    ['a body', undefined], ['the field', { verify: false }], ['a value', { totalItems: null }],
  ])('without %s confirms as many as were reserved', async (_, body) => {
    const user = newUser(target);
    const { jobId } = await user.create(3);
    const headers = { authorization: `Bearer ${user.id}` };
    const answer = await request(`${target.url}/api/jobs/${jobId}/confirm-upload`, 'POST', body, headers);
    expect(answer).toMatchObject({ status: 200, body: { data: { jobId, status: 'uploaded' } } });
    const { progress } = (await user.get(`/api/jobs/${jobId}`)).body.data;
    expect(progress).toEqual({ done: 0, failed: 0, total: 3, percent: 0 });
    expect(await user.me()).toMatchObject({ credits: 7, reserved: 3 });
  });

  test('without a count but with verify looks for every file', async () => {
    const user = newUser(target);
    const { jobId, urls } = await user.create(2);
    await fetch(urls[0]?.url ?? '', { method: 'PUT', body: new Uint8Array(10) });
    const refused = await user.post(`/api/jobs/${jobId}/confirm-upload`, { verify: true });
    expect(refused.status).toBe(409);
    expect(refused.body.error).toMatchObject({ code: 'missing_uploads', details: { missing: [1] } });
  });

  test('does not look whether the files are there', async () => {
    const user = newUser(target);
    const { jobId } = await user.create(1);
    expect((await user.post(`/api/jobs/${jobId}/confirm-upload`, { totalItems: 1 })).status).toBe(200);
  });

  test('with verify names the missing files in a 409 and stays created', async () => {
    const user = newUser(target);
    const { jobId, urls } = await user.create(3);
    await fetch(urls[1]?.url ?? '', { method: 'PUT', body: new Uint8Array(10) });
    const refused = await user.post(`/api/jobs/${jobId}/confirm-upload`, { totalItems: 3, verify: true });
    expect(refused.status).toBe(409);
    expect(refused.body.error).toMatchObject({ code: 'missing_uploads', details: { missing: [0, 2] } });
    expect(await user.status(jobId)).toBe('created');
    for (const idx of [0, 2]) await fetch(urls[idx]?.url ?? '', { method: 'PUT', body: new Uint8Array(10) });
    const confirmed = await user.post(`/api/jobs/${jobId}/confirm-upload`, { totalItems: 3, verify: true });
    expect(confirmed.body.data.status).toBe('uploaded');
  });
});

describe('POST /api/jobs/:id/execute', () => {
  test.each(['recolor', 'tone', 'texture', 'remove'])('takes the action %s', async (action) => {
    const user = newUser(target);
    const { jobId } = await user.create(1);
    await user.post(`/api/jobs/${jobId}/confirm-upload`, { totalItems: 1 });
    const input = { concepts: { background: { action, value: 'warm' } }, protect: ['person', 'face'] };
    expect((await user.post(`/api/jobs/${jobId}/execute`, input)).body.data).toEqual({ jobId, status: 'queued' });
  });

  test('answers 400 to another action, naming the field', async () => {
    const user = newUser(target);
    const { jobId } = await user.create(1);
    await user.post(`/api/jobs/${jobId}/confirm-upload`, { totalItems: 1 });
    const input = { concepts: { background: { action: 'explode', value: '' } } };
    const answer = await user.post(`/api/jobs/${jobId}/execute`, input);
    expect(answer.status).toBe(400);
    expect(Object.keys(answer.body.error.details.fields)).toEqual(['concepts.background.action']);
    expect(await user.status(jobId)).toBe('uploaded');
  });
});

describe('GET /api/jobs/:id', () => {
  test('answers status, progress, and the finished items with presigned URLs of output and preview', async () => {
    const user = newUser(target);
    const jobId = await user.queued(3);
    const message = await target.takeMessage(jobId);
    const [first] = message.items;
    if (first === undefined) throw new Error('the message has no items');
    const picture = new Uint8Array([0x89, 0x50, 0x4e, 0x47]);
    await fetch(first.output_url, { method: 'PUT', headers: { 'content-type': 'image/png' }, body: picture });
    await fetch(first.preview_url, { method: 'PUT', headers: { 'content-type': 'image/jpeg' }, body: picture });
    const { output_key, preview_key } = first;
    await callback(target, jobId, 0, { output_key, preview_key });
    await callback(target, jobId, 2, { status: 'failed', error: 'too dark' });
    const { body } = await user.get(`/api/jobs/${jobId}`);
    expect(body.data).toMatchObject({ jobId, status: 'running', progress: { done: 1, failed: 1, total: 3 } });
    expect(body.data.items).toHaveLength(2);
    const [done, failed] = body.data.items;
    expect(done).toMatchObject({ idx: 0, state: 'done', error: null });
    expect(failed).toMatchObject({ idx: 2, state: 'failed', error: 'too dark' });
    for (const url of [done.outputUrl, done.previewUrl]) {
      expect(new Uint8Array(await (await fetch(url)).arrayBuffer())).toEqual(picture);
    }
  });

  test('answers 404 when unknown, and also when it is another user’s', async () => {
    const owner = newUser(target);
    const stranger = newUser(target);
    const { jobId } = await owner.create(1);
    for (const id of [randomUUID(), jobId, 'not-a-uuid']) {
      expect((await stranger.get(`/api/jobs/${id}`)).status).toBe(404);
    }
    for (const step of ['confirm-upload', 'execute', 'cancel']) {
      const body = step === 'confirm-upload' ? { totalItems: 1 } : step === 'execute' ? { concepts } : {};
      expect((await stranger.post(`/api/jobs/${jobId}/${step}`, body)).status).toBe(404);
    }
    expect(await owner.status(jobId)).toBe('created');
  });
});

describe('GET /api/user/me', () => {
  test('answers userId, plan, credits, activeJobs, usedRuleSlots, maxRuleSlots', async () => {
    const user = newUser(target);
    expect(await user.me()).toMatchObject({
      userId: user.id, plan: 'free', credits: 10, activeJobs: 0, usedRuleSlots: 0, maxRuleSlots: 2,
    });
  });
});

describe('rules', () => {
  const rule = { name: 'mine', concepts, protect: ['person'] };

  test('are created, listed, read, changed and deleted', async () => {
    const user = newUser(target);
    const created = await user.post('/api/rules', rule);
    const { id } = created.body.data;
    expect(created.body.data).toMatchObject({ ...rule, ruleId: id, presetId: null });
    expect((await user.get('/api/rules')).body.data.rules).toEqual([created.body.data]);
    await user.put(`/api/rules/${id}`, { ...rule, name: 'renamed' });
    expect((await user.get(`/api/rules/${id}`)).body.data).toMatchObject({ ...rule, id, ruleId: id, name: 'renamed' });
    expect((await user.me()) as object).toMatchObject({ usedRuleSlots: 1 });
    expect((await user.delete(`/api/rules/${id}`)).body.data).toMatchObject({ id, ruleId: id, deleted: true });
    expect((await user.get(`/api/rules/${id}`)).status).toBe(404);
    expect((await user.me()) as object).toMatchObject({ usedRuleSlots: 0 });
  });

  test('keep the preset that they were made from', async () => {
    const user = newUser(target);
    const created = await user.post('/api/rules', { ...rule, presetId: 'interior' });
    const { id } = created.body.data;
    expect((await user.get(`/api/rules/${id}`)).body.data).toMatchObject({ ...rule, presetId: 'interior' });
    const changed = await user.put(`/api/rules/${id}`, { preset_id: 'seller' });
    expect(changed.body.data).toMatchObject({ ...rule, presetId: 'seller' });
    expect((await user.put(`/api/rules/${id}`, { presetId: null })).body.data).toMatchObject({ presetId: null });
  });

  test.each([
    { name: 'other' }, { concepts: { wall: { action: 'tone', value: 'warm' } } }, { protect: [] },
    { presetId: 'seller' }, {},
  ])('are changed by PUT in the fields given, and in no others: %j', async (change) => {
    const user = newUser(target);
    const saved = { ...rule, presetId: 'interior' };
    const { id } = (await user.post('/api/rules', saved)).body.data;
    const answer = await user.put(`/api/rules/${id}`, change);
    expect(answer).toMatchObject({ status: 200, body: { data: { id, ruleId: id, ...saved, ...change } } });
    const read = (await user.get(`/api/rules/${id}`)).body.data;
    expect(read).toEqual(answer.body.data);
    expect({ ...read, ...saved, ...change }).toEqual(read);
  });

  test('past the plan’s slots are 403', async () => {
    const user = newUser(target);
    for (let slot = 0; slot < 2; slot++) expect((await user.post('/api/rules', rule)).status).toBe(201);
    const refused = await user.post('/api/rules', rule);
    expect(refused.status).toBe(403);
    expect(refused.body.error.code).toBe('rule_limit');
  });

  test('replace concepts and protect at execute', async () => {
    const user = newUser(target);
    const wanted = { name: 'r', concepts: { wall: { action: 'recolor', value: '#aabbcc' } }, protect: ['face'] };
    const ruleId = (await user.post('/api/rules', wanted)).body.data.ruleId;
    const { jobId } = await user.create(1);
    await user.post(`/api/jobs/${jobId}/confirm-upload`, { totalItems: 1 });
    expect((await user.post(`/api/jobs/${jobId}/execute`, { ruleId })).status).toBe(200);
    const message = await target.takeMessage(jobId);
    expect(message).toMatchObject({ concepts: wanted.concepts, protect: wanted.protect });
  });

  test('give way to what the request names itself', async () => {
    const user = newUser(target);
    const { id: ruleId } = (await user.post('/api/rules', { ...rule, protect: ['face'] })).body.data;
    const { jobId } = await user.create(1);
    await user.post(`/api/jobs/${jobId}/confirm-upload`);
    const own = { wall: { action: 'texture', value: 'wood' } };
    expect((await user.post(`/api/jobs/${jobId}/execute`, { rule_id: ruleId, concepts: own })).status).toBe(200);
    expect(await target.takeMessage(jobId)).toMatchObject({ concepts: own, protect: ['face'] });
  });

  test('of another user are 404, also at execute', async () => {
    const owner = newUser(target);
    const stranger = newUser(target);
    const ruleId = (await owner.post('/api/rules', rule)).body.data.ruleId;
    expect((await stranger.get(`/api/rules/${ruleId}`)).status).toBe(404);
    expect((await stranger.put(`/api/rules/${ruleId}`, rule)).status).toBe(404);
    expect((await stranger.delete(`/api/rules/${ruleId}`)).status).toBe(404);
    const { jobId } = await stranger.create(1);
    await stranger.post(`/api/jobs/${jobId}/confirm-upload`, { totalItems: 1 });
    const refused = await stranger.post(`/api/jobs/${jobId}/execute`, { ruleId });
    expect(refused.status).toBe(400);
    expect(refused.body.error.details.fields).toHaveProperty('ruleId');
  });
});

describe('GET /api/presets', () => {
  test('answers interior, seller and remove-background, each with its default concepts', async () => {
    const { body } = await newUser(target).get('/api/presets');
    const presets: { name: string; concepts: object }[] = body.data.presets;
    expect(presets.map(({ name }) => name)).toEqual(['interior', 'seller', 'remove-background']);
    for (const preset of presets) {
      expect(Object.keys(preset.concepts).length).toBeGreaterThan(0);
      const one = await newUser(target).get(`/api/presets/${preset.name}`);
      expect(one).toMatchObject({ status: 200, body: { success: true, data: preset } });
    }
    const unknown = await newUser(target).get('/api/presets/nope');
    expect([unknown.status, unknown.body.error.code]).toEqual([404, 'not_found']);
  });
});

describe('GET /api/jobs', () => {
  test('answers pages of up to 200, newest first, each job once', async () => {
    const user = newUser(target);
    const ids: string[] = [];
    for (let made = 0; made < 5; made++) {
      const { jobId } = await user.create(1);
      ids.unshift(jobId);
      await user.post(`/api/jobs/${jobId}/cancel`);
    }
    const all = await user.get('/api/jobs?limit=200');
    expect(all.body.data.jobs.map(({ jobId }: { jobId: string }) => jobId)).toEqual(ids);
    const seen: string[] = [];
    for (let cursor: string | null = ''; cursor !== null; ) {
      const page = await user.get(`/api/jobs?limit=2${cursor === '' ? '' : `&cursor=${cursor}`}`);
      seen.push(...page.body.data.jobs.map(({ jobId }: { jobId: string }) => jobId));
      cursor = page.body.data.nextCursor;
    }
    expect(seen).toEqual(ids);
    const whole = await user.get('/api/jobs?limit=100000');
    expect(whole.body.data).toEqual(all.body.data);
  });
});
