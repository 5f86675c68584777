import { createClient, type Client } from '../../src/main/client/index.ts';

/** What a worker of tasks says, without one: so that a test decides when. */
export class Hand {
  readonly client: Client;
  readonly #workerId: string;
  readonly #leases = new Map<string, string>();

  constructor({ url }: { readonly url: string }, user = 'mira', workerId = 'hand-1') {
    this.client = createClient({ server: url, token: user, retries: 0 });
    this.#workerId = workerId;
  }

  async submit(type: string, more: object = {}): Promise<string> {
    return (await this.client.submitTask({ body: { type, ...more } })).id;
  }

  /** Many, by few requests. */
  async submitMany(type: string, count: number): Promise<void> {
    for (let from = 0; from < count; from += 1_000) {
      const jobs = Array.from({ length: Math.min(1_000, count - from) }, () => ({ type }));
      await this.client.bulkTasks({ body: { action: 'create', jobs } });
    }
  }

  async take(type: string, limit = 1): Promise<void> {
    const { tasks } = await this.client.takeTasks({
      body: { workerId: this.#workerId, types: [type], limit, leaseMs: 120_000, waitMs: 5_000 },
    });
    for (const { id, leaseId } of tasks) this.#leases.set(id, leaseId);
  }

  async report(id: string, report: object): Promise<void> {
    const reports = [{ leaseId: this.#leases.get(id), ...report }] as never;
    const { outcomes } = await this.client.reportTasks({ body: { workerId: this.#workerId, reports } });
    if (outcomes[0]?.ok !== true) throw new Error(JSON.stringify(outcomes));
  }

  /** Starts a task that is a part of one that it has. */
  async startChild(id: string, child: { readonly name: string; readonly type: string }): Promise<string> {
    const body = { workerId: this.#workerId, leaseId: this.#leases.get(id)!, tasks: [{ data: null, ...child }] };
    const { children: [started] } = await this.client.startChildTasks({ body });
    return started!.task!.id;
  }

  async log(id: string, messages: readonly string[], level = 'info'): Promise<void> {
    const lines = messages.map((message) => ({ at: new Date().toISOString(), level, message }));
    for (let from = 0; from < lines.length; from += 1_000) {
      await this.report(id, { type: 'log', lines: lines.slice(from, from + 1_000) });
    }
  }
}
