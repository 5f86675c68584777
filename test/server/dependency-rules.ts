import { expect, it } from 'vitest';
import { request } from '../contract/user.ts';
import { parcelModule } from './parcel/module.ts';
import { startTestServer, type StartedServer } from './server.ts';

const soon = { timeout: 20_000, interval: 20 };

/** People and workers of two kinds, who ask one server after the other. */
class People {
  readonly #servers: readonly StartedServer[];
  #asked = 0;

  constructor(servers: readonly StartedServer[]) {
    this.#servers = servers;
  }

  async ask(method: string, path: string, body?: object): Promise<any> {
    const answer = await request(this.#url() + path, method, body, { authorization: 'Bearer mira' });
    expect(answer.status, JSON.stringify(answer.body)).toBeLessThan(300);
    return answer.body.data;
  }

  async worker(path: string, body: object): Promise<any> {
    const secret = { 'x-gpu-callback-secret': 'dev-callback-secret' };
    return (await request(`${this.#url()}/api/couriers/${path}`, 'POST', { courier: 'c', ...body }, secret)).body.data;
  }

  async post(route: string, more: object = {}): Promise<string> {
    return (await this.ask('POST', '/api/parcels', { route, ...more })).jobId;
  }

  async deliver(route: string, jobId: string): Promise<void> {
    const [parcel] = (await this.worker('take', { route, leaseMs: 60_000 })).parcels;
    expect(parcel.jobId).toBe(jobId);
    await this.worker('deliver', { leaseId: parcel.leaseId });
  }

  async submit(more: object): Promise<string> {
    return (await this.ask('POST', '/api/v1/jobs', { type: 'pack', data: null, ...more })).id;
  }

  async becomes(jobId: string, status: string, waitsFor?: readonly string[]): Promise<void> {
    const expected = waitsFor === undefined ? { status } : { status, waitsFor };
    await expect.poll(() => this.ask('GET', `/api/jobs/${jobId}`), soon).toMatchObject(expected);
  }

  #url(): string {
    this.#asked += 1;
    return this.#servers[this.#asked % this.#servers.length]!.url;
  }
}

/** Chains of jobs across kinds through started servers: so many of them over one database. */
export function dependencyRules(servers: number, open: () => Promise<Readonly<Record<string, string>>>): void {
  it('waits for jobs of other kinds, and they for it: until they succeed, are canceled, and begin again', async () => {
    const env = await open();
    const started: StartedServer[] = [];
    for (let n = 0; n < servers; n++) {
      started.push(await startTestServer(env, 'dev', { kinds: { parcel: parcelModule } }));
    }
    const people = new People(started);
    const first = await people.post('north');
    const task = await people.submit({ dependsOn: [first] });
    const last = await people.post('south', { dependsOn: [task] });
    await people.becomes(task, 'pending', [first]);
    await people.deliver('north', first);
    await people.becomes(task, 'pending', []);
    await people.ask('DELETE', `/api/v1/jobs/${task}`);
    await people.becomes(last, 'RECALLED');
    // Both begin again, and wait as before.
    for (const id of [task, last]) await people.ask('POST', `/api/jobs/${id}/retry`, {});
    const anyway = await people.post('west', { dependsOn: [task], onDependencyFailure: 'run' });
    await people.ask('DELETE', `/api/v1/jobs/${task}`);
    await people.becomes(last, 'RECALLED');
    await people.deliver('west', anyway);
    await people.becomes(anyway, 'ARRIVED');
  }, 60_000);

  it('waits for an image set', async () => {
    const people = new People([await startTestServer(await open())]);
    const { jobId: set } = await people.ask('POST', '/api/jobs', { preset: 'interior', itemCount: 1 });
    const task = await people.submit({ dependsOn: [set] });
    await people.becomes(task, 'pending', [set]);
    await people.ask('POST', `/api/jobs/${set}/cancel`, {});
    await people.becomes(task, 'canceled', []);
    expect((await people.ask('GET', `/api/jobs/${task}`)).cancelReason).toBe(
      `job ${set}, which it depends on, was canceled`,
    );
  }, 60_000);
}
