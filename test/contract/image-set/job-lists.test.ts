import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openTarget, type Target } from '../target.ts';
import { newPro, newUser, type User } from '../user.ts';

let target: Target;
beforeAll(async () => {
  target = await openTarget();
});
afterAll(() => target.close());

async function listed(user: User, query: string): Promise<any> {
  const { status, body } = await user.get(`/api/jobs?${query}`);
  expect([query, status]).toEqual([query, 200]);
  return body.data;
}

describe('sets among jobs of all kinds', () => {
  test('are found by labels, status and time, open or ended, and counted', async () => {
    const user = await newPro(target, 30);
    const { jobId: interior } = await user.create(1, 'interior');
    const { jobId: canceled } = await user.create(1, 'seller');
    const { jobId: seller } = await user.create(1, 'seller');
    await user.post(`/api/jobs/${canceled}/cancel`);
    const createdAt = (await user.get(`/api/jobs/${canceled}`)).body.data.createdAt;
    const asked: [string, string[]][] = [
      ['', [seller, canceled, interior]], ['label=preset:seller', [seller, canceled]],
      ['label=preset:interior&kind=image-set', [interior]], ['label=preset:none', []],
      ['phase=canceled', [canceled]], ['status=created', [seller, interior]], ['type=anything', []],
      [`createdFrom=${createdAt}&label=preset:seller`, [seller, canceled]],
      [`createdBefore=${createdAt}`, [interior]], [`parent=${interior}`, []],
    ];
    for (const [query, ids] of asked) {
      const page = await listed(user, query);
      expect([query, page.jobs.map(({ id }: { id: string }) => id)]).toEqual([query, ids]);
      expect(page).toMatchObject({ nextCursor: null, total: ids.length, totalCapped: false });
    }
    const first = await listed(user, 'limit=2');
    expect(first).toMatchObject({ nextCursor: canceled, total: 3, totalCapped: false });
    expect((await user.get('/api/jobs/stats')).body.data.counts.map(countOf).toSorted()).toEqual([
      'image-set canceled canceled 1', 'image-set created waiting 2',
    ]);
  });

  test('are shown with what all jobs share first, and what their contract prints', async () => {
    const user = newUser(target);
    const { jobId } = await user.create(3, 'interior');
    const shown = (await user.get(`/api/jobs/${jobId}`)).body.data;
    expect(shown).toEqual({
      id: jobId, kind: 'image-set', type: null, ownerId: user.id, status: 'created', phase: 'waiting',
      createdAt: expect.any(String), updatedAt: expect.any(String), startedAt: null, endedAt: null,
      deadlineAt: expect.any(String), labels: { preset: 'interior' }, costMicroUsd: 0, parentId: null,
      progress: { done: 0, failed: 0, total: 3, percent: 0 },
      jobId, preset: 'interior', cancelReason: null, purgedAt: null, inputsPurgedAt: null, items: [],
    });
    const [row] = (await listed(user, '')).jobs;
    const { cancelReason: _, purgedAt: __, inputsPurgedAt: ___, items: ____, ...summary } = shown;
    expect(row).toEqual(summary);
  });

  test('are not retried, and say so', async () => {
    const user = newUser(target);
    const { jobId } = await user.create(1);
    await user.post(`/api/jobs/${jobId}/cancel`);
    const { status, body } = await user.post(`/api/jobs/${jobId}/retry`);
    expect([status, body.error.code]).toEqual([400, 'invalid_state']);
    expect(body.error.message).toContain('inputsFrom');
    expect((await newUser(target).post(`/api/jobs/${jobId}/retry`)).status).toBe(404);
  });
});

function countOf({ kind, status, phase, count }: Record<string, unknown>): string {
  return `${kind} ${status} ${phase} ${count}`;
}
