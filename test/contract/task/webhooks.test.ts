import { Webhook } from 'standardwebhooks';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startReceiver, type Receiver } from '../../services/webhook-receiver.ts';
import { openTarget, type Target } from '../target.ts';
import { newUser, type User } from '../user.ts';
import { ended, failing, newType, newWorker, submit } from './tasks.ts';

let target: Target;
let receiver: Receiver;
beforeAll(async () => {
  target = await openTarget();
  receiver = await startReceiver();
});
afterAll(async () => {
  await receiver.close();
  await target.close();
});

/** The delivery of a job, once it is in the state. */
async function delivery(user: User, jobId: string, state: string): Promise<any> {
  const until = Date.now() + 15_000;
  for (;;) {
    const { deliveries } = (await user.get(`/api/v1/webhooks/deliveries?jobId=${jobId}`)).body.data;
    if (deliveries[0]?.state === state || Date.now() > until) return deliveries[0];
  }
}

describe('webhooks', () => {
  test('send the ended task to its webhookUrl, signed', async () => {
    const user = newUser(target);
    const report = { type: 'complete', result: { imported: 2 } };
    const id = await ended(user, newWorker(target), report, { webhookUrl: `${receiver.url}?for=${user.id}` });
    const sent = await delivery(user, id, 'delivered');
    const request = receiver.received.find(({ headers }) => headers['webhook-id'] === sent.deliveryId)!;
    const { secret } = (await user.get('/api/v1/webhooks/secret')).body.data;
    const said = new Webhook(secret).verify(request.body, request.headers) as Record<string, unknown>;
    const task = (await user.get(`/api/jobs/${id}`)).body.data;
    expect(said).toEqual({ type: 'job.completed', timestamp: task['endedAt'], data: task });
    const shown = (await user.get(`/api/v1/webhooks/deliveries/${sent.deliveryId}`)).body.data;
    expect(shown).toMatchObject({
      delivery: { jobId: id, ownerId: user.id, type: 'job.completed', attempts: 1, nextAttemptAt: null },
      attempts: [{ status: 204, error: null }],
    });
    expect(request.body.toString()).toBe(shown.body);
  });

  test('are sent for failures and cancellations too', async () => {
    const user = newUser(target);
    const failed = await ended(user, newWorker(target), failing, { webhookUrl: receiver.url });
    expect(await delivery(user, failed, 'delivered')).toMatchObject({ type: 'job.failed' });
    const { id } = await submit(user, { type: newType(), webhookUrl: receiver.url });
    await user.delete(`/api/v1/jobs/${id}`);
    expect(await delivery(user, id, 'delivered')).toMatchObject({ type: 'job.canceled' });
  });

  test('are sent again when they are replayed, with the same id and body', async () => {
    const user = newUser(target);
    const id = await ended(user, newWorker(target), { type: 'complete' }, { webhookUrl: receiver.url });
    const { deliveryId } = await delivery(user, id, 'delivered');
    const replayed = await user.post(`/api/v1/webhooks/deliveries/${deliveryId}/replay`);
    expect([replayed.status, replayed.body.data.deliveryId]).toEqual([200, deliveryId]);
    await delivery(user, id, 'delivered');
    const twice = receiver.received.filter(({ headers }) => headers['webhook-id'] === deliveryId);
    expect(twice).toHaveLength(2);
    expect(twice[0]!.body.equals(twice[1]!.body)).toBe(true);
  });

  test.each([['one host', 80, 1], ['many hosts', 150, 15]])(
    'to %s that never answer keep nobody else waiting',
    async (_, count, hosts) => {
      const [spoiler, user] = [newUser(target), newUser(target)];
      const silent = await Promise.all(Array.from({ length: hosts }, () => startReceiver(() => {})));
      const type = newType();
      const jobs = Array.from({ length: count }, (_, index) => ({
        type, data: null, webhookUrl: silent[index % hosts]!.url,
      }));
      for (const request of [{ action: 'create', jobs }, { action: 'cancel', filter: { type } }]) {
        const { succeeded } = (await spoiler.post('/api/v1/jobs/bulk', request)).body.data;
        expect(succeeded).toBe(count);
      }
      await Promise.race(silent.map(({ came }) => came(1)));
      const at = Date.now();
      for (let nth = 0; nth < 3; nth += 1) {
        const { id } = await submit(user, { type: newType(), webhookUrl: receiver.url });
        await user.delete(`/api/v1/jobs/${id}`);
        expect(await delivery(user, id, 'delivered')).toMatchObject({ state: 'delivered' });
      }
      expect(Date.now() - at).toBeLessThan(10_000);
      const open = silent.reduce((sum, { open: { most } }) => sum + most, 0);
      expect([open > 0, open <= 8]).toEqual([true, true]);
      await Promise.all(silent.map(({ close }) => close()));
    },
  );

  test('stop at 410 until the endpoint is enabled', async () => {
    const user = newUser(target);
    const gone = await startReceiver((response, number) => response.writeHead(number === 1 ? 410 : 200).end());
    const id = await ended(user, newWorker(target), { type: 'complete' }, { webhookUrl: gone.url });
    const { deliveryId } = await delivery(user, id, 'disabled');
    const { endpoints } = (await user.get('/api/v1/webhooks/disabled')).body.data;
    expect(endpoints).toMatchObject([{ url: gone.url }]);
    const replay = `/api/v1/webhooks/deliveries/${deliveryId}/replay`;
    expect((await user.post(replay)).status).toBe(409);
    expect((await user.post('/api/v1/webhooks/enable', { url: gone.url })).status).toBe(200);
    expect((await user.post('/api/v1/webhooks/enable', { url: gone.url })).status).toBe(404);
    expect((await user.post(replay)).status).toBe(200);
    expect(await delivery(user, id, 'delivered')).toMatchObject({ deliveryId });
    await gone.close();
  });

  test('are refused for addresses that no webhook may go to', async () => {
    const user = newUser(target);
    for (const webhookUrl of ['http://169.254.169.254/', 'ftp://x.example/', 'http://[::]/', 'http://u:p@x.example/']) {
      const { status, body } = await user.post('/api/v1/jobs', { type: newType(), data: 1, webhookUrl });
      expect([status, Object.keys(body.error.details.fields)]).toEqual([400, ['webhookUrl']]);
    }
  });

  test('have a secret for each user, which is rotated', async () => {
    const [user, other] = [newUser(target), newUser(target)];
    const first = (await user.get('/api/v1/webhooks/secret')).body.data;
    expect(first.secret).toMatch(/^whsec_[A-Za-z0-9+/]{43}=$/);
    expect((await user.get('/api/v1/webhooks/secret')).body.data).toEqual(first);
    expect((await other.get('/api/v1/webhooks/secret')).body.data.secret).not.toBe(first.secret);
    const second = (await user.post('/api/v1/webhooks/secret/rotate')).body.data;
    expect(second.secret).not.toBe(first.secret);
    expect(second.previous).toMatchObject([{ createdAt: first.createdAt }]);
    for (let more = 0; more < 3; more += 1) await user.post('/api/v1/webhooks/secret/rotate');
    expect((await user.post('/api/v1/webhooks/secret/rotate')).status).toBe(409);
  });

  test('are visible to their user and to administrators only', async () => {
    const [user, other] = [newUser(target), newUser(target)];
    const id = await ended(user, newWorker(target), { type: 'complete' }, { webhookUrl: receiver.url });
    const { deliveryId } = await delivery(user, id, 'delivered');
    const path = `/api/v1/webhooks/deliveries/${deliveryId}`;
    expect((await other.get(`/api/v1/webhooks/deliveries?jobId=${id}`)).body.data.deliveries).toEqual([]);
    expect([(await other.get(path)).status, (await other.post(`${path}/replay`)).status]).toEqual([404, 404]);
    const admin = newUser(target, 'admin');
    expect((await admin.get(path)).status).toBe(200);
    expect((await admin.get(`/api/v1/webhooks/deliveries?jobId=${id}`)).body.data.deliveries).toHaveLength(1);
  });

  test('are listed page by page, newest first, by their state', async () => {
    const user = newUser(target);
    const worker = newWorker(target);
    const ids: string[] = [];
    for (let index = 0; index < 3; index += 1) {
      ids.push(await ended(user, worker, { type: 'complete' }, { webhookUrl: receiver.url }));
    }
    for (const id of ids) await delivery(user, id, 'delivered');
    const page = async (query: string) => (await user.get(`/api/v1/webhooks/deliveries?${query}`)).body.data;
    const first = await page('state=delivered&limit=2');
    const second = await page(`state=delivered&limit=2&cursor=${first.nextCursor}`);
    const found = [...first.deliveries, ...second.deliveries].map(({ jobId }: { jobId: string }) => jobId);
    expect([found, second.nextCursor]).toEqual([ids.toReversed(), null]);
    expect((await page('state=failed')).deliveries).toEqual([]);
  });
});
