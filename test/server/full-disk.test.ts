import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { request, type Answer } from '../contract/user.ts';
import { noSmallDisk, startOnSmallDisk, type SmallDisk } from './small-disk.ts';

const skipped = noSmallDisk();
const account = { userId: 'root', password: 'correct horse battery' };
const user = { authorization: 'Bearer mira' };

let disk: SmallDisk | null = null;
beforeEach((context) => {
  context.skip(skipped !== null, skipped ?? '');
});
afterEach(async () => {
  await disk?.stop();
  disk = null;
});

const at = (path: string): string => disk!.url + path;
const post = (path: string, body: unknown): Promise<Answer> => request(at(path), 'POST', body, user);
const get = (path: string): Promise<Answer> => request(at(path), 'GET', undefined, user);
const told = (message: RegExp): number => disk!.log.filter((line) => message.test(line.message)).length;

async function until<T>(what: () => Promise<T | null>): Promise<T> {
  for (const giveUpAt = Date.now() + 15_000; Date.now() < giveUpAt; ) {
    const found = await what();
    if (found !== null) return found;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error('it did not come to that');
}

/** Submits tasks until one is refused; the ids of the others. */
async function submitUntilRefused(): Promise<{ readonly ids: string[]; readonly refused: Answer }> {
  const ids: string[] = [];
  for (let count = 0; count < 500; count++) {
    const answer = await post('/api/v1/jobs', { type: 'copy', data: 'x'.repeat(200_000) });
    if (answer.status !== 201) return { ids, refused: answer };
    ids.push(answer.body.data.id);
  }
  throw new Error('nothing was ever refused');
}

describe('a server on a full disk', () => {
  test('answers writes with 503 and the rest as usual, and recovers without a restart', async () => {
    disk = await startOnSmallDisk(16, { DISK_RESERVE_BYTES: '0', MAX_UPLOAD_BYTES: '1000000' });
    expect((await request(at('/api/v1/setup'), 'POST', account)).status).toBe(201);
    const set = await post('/api/jobs', { preset: 'seller', itemCount: 1 });
    disk.fill(0);
    const { ids, refused } = await submitUntilRefused();
    expect(refused.status).toBe(503);
    expect(refused.body.error).toMatchObject({ code: 'unavailable', details: { reason: 'disk_full' } });
    expect(refused.body.error.message).toContain('disk is full');
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThanOrEqual(1);

    const upload = await request(set.body.data.urls[0].url, 'PUT', 'a photo');
    expect([upload.status, upload.body.error.code]).toEqual([503, 'unavailable']);
    expect(upload.headers.get('retry-after')).toMatch(/^\d+$/);
    // Reads, logins and what they are good for.
    const login = await request(at('/api/v1/auth/login'), 'POST', account);
    expect(login.status).toBe(200);
    const asRoot = { authorization: `Bearer ${login.body.data.token}` };
    expect((await request(at('/api/v1/auth/me'), 'GET', undefined, asRoot)).status).toBe(200);
    expect((await get('/api/v1/jobs?limit=1')).status).toBe(200);
    expect((await request(at('/readyz'), 'GET')).status).toBe(200);
    // Looked at once a second.
    const health = await until(async () => {
      const answer = await request(at('/api/health'), 'GET');
      return answer.status === 503 ? answer : null;
    });
    expect(health.body.error.details.parts.store).toMatchObject({ status: 'unavailable', reason: 'disk_full' });
    expect(JSON.stringify(health.body)).not.toContain('waybill-disk-');
    const large = { type: 'copy', data: 'y'.repeat(200_000) };
    await Promise.all(Array.from({ length: 20 }, () => post('/api/v1/jobs', large)));
    expect(told(/takes no writes/)).toBe(1);

    disk.makeRoom();
    const made = await until(async () => {
      const answer = await post('/api/v1/jobs', { type: 'copy', data: 'z' });
      return answer.status === 201 ? answer : null;
    });
    expect((await request(set.body.data.urls[0].url, 'PUT', 'a photo')).status).toBe(200);
    for (const id of [...ids, made.body.data.id]) expect((await get(`/api/v1/jobs/${id}`)).status).toBe(200);
    await until(async () => ((await request(at('/api/health'), 'GET')).status === 200 ? true : null));
    await until(async () => (told(/works again/) === 1 ? true : null));
    expect(told(/takes no writes/)).toBe(1);
    expect(disk.log.filter(({ level }) => level === 'error')).toEqual([]);
  });
});

describe('a server below the disk’s reserve', () => {
  test('accepts nothing new, and brings accepted jobs to their end', async () => {
    disk = await startOnSmallDisk(64, {
      DISK_RESERVE_BYTES: '16000000', MAX_UPLOAD_BYTES: '1000000', GPU_CALLBACK_SECRET: 'test-secret-of-the-worker',
    });
    const set = await post('/api/jobs', { preset: 'seller', itemCount: 1 });
    const { jobId, urls } = set.body.data;
    const first = await post('/api/v1/jobs', { type: 'copy', data: 1 });
    const again = { ...user, 'idempotency-key': 'one' };
    const once = await request(at('/api/v1/jobs'), 'POST', { type: 'copy', data: 2 }, again);
    disk.fill(12_000_000);

    const refused = await until(async () => {
      const answer = await post('/api/v1/jobs', { type: 'copy', data: 3 });
      return answer.status === 201 ? null : answer;
    });
    expect([refused.status, refused.body.error.details.reason]).toEqual([503, 'disk_full']);
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThanOrEqual(1);
    const bulk = await post('/api/v1/jobs/bulk', { action: 'create', jobs: [{ type: 'copy', data: 4 }] });
    expect(bulk.body).toMatchObject({ data: { results: [{ error: { code: 'unavailable' } }] } });
    const upload = await request(urls[0].url, 'PUT', 'a photo');
    expect([upload.status, upload.body.error.code]).toEqual([503, 'unavailable']);
    expect(upload.headers.get('retry-after')).toBe('15');
    const health = await request(at('/api/health'), 'GET');
    expect(health.body.error.details.parts).toMatchObject({
      store: { status: 'ok' }, disk: { status: 'unavailable', reason: 'disk_full' },
    });
    expect(disk.doctor()).toMatch(/fail {2}disk .* free in .*, of which DISK_RESERVE_BYTES keeps 15 MiB/);

    // Said before, it is answered as before; what is under way ends.
    const repeated = await request(at('/api/v1/jobs'), 'POST', { type: 'copy', data: 2 }, again);
    expect(repeated.body.data.id).toBe(once.body.data.id);
    for (const [step, body] of [['confirm-upload', { totalItems: 1 }], ['execute', {}]] as const) {
      expect((await post(`/api/jobs/${jobId}/${step}`, body)).status).toBeLessThan(300);
    }
    const secret = { 'x-gpu-callback-secret': 'test-secret-of-the-worker' };
    const callback = { idx: 0, status: 'done', idempotency_key: `${jobId}-item-0` };
    expect((await request(at(`/api/jobs/${jobId}/callback`), 'POST', callback, secret)).status).toBe(200);
    expect((await request(at(`/api/v1/jobs/${first.body.data.id}`), 'DELETE', undefined, user)).status).toBe(200);
    expect(told(/nearly full/)).toBe(1);

    disk.makeRoom();
    await until(async () => ((await post('/api/v1/jobs', { type: 'copy', data: 5 })).status === 201 ? true : null));
    expect(told(/has room again/)).toBe(1);
  });
});
