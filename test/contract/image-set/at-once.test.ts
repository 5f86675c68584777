import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openTarget, type Target } from '../target.ts';
import { newPro, newUser, type Answer, type User } from '../user.ts';

let target: Target;
beforeAll(async () => {
  target = await openTarget();
});
afterAll(() => target.close());

const statuses = (answers: readonly Answer[]): number[] => answers.map(({ status }) => status).sort();
/** To both servers, where there are two. */
const five = (user: User, path: string, body?: object, headers?: Record<string, string>): Promise<Answer[]> =>
  Promise.all(
    Array.from({ length: 5 }, (_, at) =>
      user.post(`${at % 2 === 0 ? target.url : target.workerUrl}${path}`, body, headers),
    ),
  );

describe('a request sent five times at once', () => {
  test('to create a set with an Idempotency-Key creates one, and charges once', async () => {
    const user = await newPro(target, 20);
    const body = { preset: 'seller', itemCount: 4 };
    const answers = await five(user, '/api/jobs', body, { 'idempotency-key': 'order-7' });
    const made = answers.filter(({ status }) => status === 201);
    // Whoever comes while the first is under way may be told so.
    expect(made.length).toBeGreaterThan(0);
    for (const { status } of answers) expect([201, 409]).toContain(status);
    expect(new Set(made.map(({ body: { data } }) => data.jobId)).size).toBe(1);
    expect(await user.me()).toMatchObject({ credits: 16, reserved: 4, activeJobs: 1 });
  });

  test('for a step of a set does it once', async () => {
    const user = newUser(target);
    const { jobId } = await user.create(3);
    const step = (name: string, body?: object) => five(user, `/api/jobs/${jobId}/${name}`, body);
    expect(statuses(await step('confirm-upload', { totalItems: 2 }))).toEqual([200, 400, 400, 400, 400]);
    expect(await user.me()).toMatchObject({ credits: 8, reserved: 2 });
    expect(statuses(await step('execute'))).toEqual([200, 400, 400, 400, 400]);
    expect(statuses(await step('cancel'))).toEqual([200, 400, 400, 400, 400]);
    expect(await user.me()).toMatchObject({ credits: 10, reserved: 0, spent: 0, activeJobs: 0 });
    const { events } = (await user.get(`/api/jobs/${jobId}/events`)).body.data;
    expect(events.map(({ type }: { type: string }) => type)).toEqual([
      'JobCreated', 'UploadConfirmed', 'JobQueued', 'JobCanceled',
    ]);
  });
});
