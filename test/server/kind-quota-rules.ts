import { expect, it } from 'vitest';
import { request, type Answer } from '../contract/user.ts';
import { parcelModule } from './parcel/module.ts';
import { startTestServer, type StartedServer } from './server.ts';

type Kinds = NonNullable<NonNullable<Parameters<typeof startTestServer>[2]>['kinds']>;

function userOf({ url }: StartedServer, id = 'mira') {
  const ask = (method: string, path: string, body?: unknown): Promise<Answer> =>
    request(url + path, method, body, { authorization: `Bearer ${id}` });
  return {
    ask,
    post: () => ask('POST', '/api/parcels', { route: 'north' }),
    jobQuotas: async () => (await ask('GET', '/api/user/me')).body.data.quotas.jobs,
  };
}

/** What a kind that the core has never heard of limits, whatever the store is. `env` names a store that is empty. */
export function kindQuotaRules(env: () => Promise<Record<string, string>>): void {
  const start = (of: Readonly<Record<string, string>>, kinds: Kinds = { parcel: parcelModule }) =>
    startTestServer(of, 'dev', { kinds });

  it('is kept to for each owner: by its jobs that have not ended, and by all of them', async () => {
    const limits = { QUOTA_JOBS: 'parcel.unfinished=2,free.parcel.stored=3,pro.parcel.stored=4' };
    const server = await start({ ...(await env()), ...limits });
    const user = userOf(server);
    const first = (await user.post()).body.data.jobId;
    expect((await user.post()).status).toBe(201);
    const refused = await user.post();
    expect([refused.status, refused.body.error]).toEqual([403, expect.objectContaining({
      code: 'quota_exceeded',
      message: 'Your plan allows at most 2 parcels that have not ended, and there are 2: wait for some to end.',
      details: { kind: 'parcel', what: 'unfinished', limit: 2, used: 2 },
    })]);
    expect((await userOf(server, 'ada').post()).status).toBe(201);
    await user.ask('POST', `/api/jobs/${first}/cancel`);
    expect((await user.post()).status).toBe(201);
    const late = await user.ask('POST', '/api/parcels', { route: 'nowhere', withinMs: 1 });
    expect(late.body.error.details).toMatchObject({ what: 'unfinished' });
    expect(await user.jobQuotas()).toMatchObject({
      parcel: { unfinished: { used: 2, limit: 2 }, stored: { used: 3, limit: 3 } },
    });
    expect(Object.keys((await user.jobQuotas()).parcel)).toEqual(['unfinished', 'stored']);
    const [, second] = (await user.ask('GET', '/api/jobs?kind=parcel&phase=waiting')).body.data.jobs;
    await user.ask('POST', `/api/jobs/${second.jobId}/cancel`);
    expect((await user.post()).body.error.details).toEqual({ kind: 'parcel', what: 'stored', limit: 3, used: 3 });
    await userOf(server, 'admin').ask('POST', '/api/accounts/mira/grants', { credits: 1, plan: 'pro' });
    expect((await user.post()).status).toBe(201);
    expect((await user.jobQuotas()).parcel).toEqual({
      unfinished: { used: 2, limit: 2 }, stored: { used: 4, limit: 4 },
    });
  });

  it('limits what begins anew', async () => {
    const user = userOf(await start({ ...(await env()), QUOTA_JOBS: 'parcel.unfinished=1' }));
    const { jobId } = (await user.ask('POST', '/api/parcels', { route: 'nowhere', withinMs: 1 })).body.data;
    await expect.poll(async () => (await user.ask('GET', `/api/jobs/${jobId}`)).body.data.status, { timeout: 15_000 })
      .toBe('MISSING');
    expect((await user.post()).status).toBe(201);
    const retried = await user.ask('POST', `/api/jobs/${jobId}/retry`, {});
    expect(retried.body.error).toMatchObject({
      code: 'quota_exceeded', details: { kind: 'parcel', what: 'unfinished', limit: 1, used: 1 },
      message: 'Your plan allows at most 1 parcel that has not ended, and there is 1: wait for some to end.',
    });
  });

  it('is kept to by many that come at once, at every server of the store', async () => {
    const shared = { ...(await env()), QUOTA_JOBS: 'parcel.stored=10' };
    const count = 'DATABASE_URL' in shared ? 2 : 1;
    const users = await Promise.all(Array.from({ length: count }, async () => userOf(await start(shared))));
    const answers = await Promise.all(Array.from({ length: 30 }, (_, n) => users[n % count]!.post()));
    const codes = answers.map(({ status, body }) => (status === 201 ? 'made' : body.error.code));
    expect(codes.toSorted()).toEqual([...Array<string>(10).fill('made'), ...Array<string>(20).fill('quota_exceeded')]);
    expect((await users[0]!.jobQuotas()).parcel.stored).toEqual({ used: 10, limit: 10 });
  });

  it('is not there for a kind that limits nothing', async () => {
    const { quotas: _, ...unlimited } = parcelModule;
    const user = userOf(await start(await env(), { parcel: unlimited }));
    expect((await user.post()).status).toBe(201);
    expect(await user.jobQuotas()).not.toHaveProperty('parcel');
  });
}
