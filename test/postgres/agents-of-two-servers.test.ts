import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createClient, type Client } from '../../src/main/client/index.ts';
import { readMigrations } from '../../src/stores/postgres/migrations.ts';
import { openPostgresStore } from '../../src/stores/postgres/store.ts';
import { makeFolder, start, type Running } from '../cli/program.ts';
import { newDatabase, type TestDatabase } from './database.ts';
import { freePort } from './embedded.ts';

const maxWorkers = 3;

/** A server in a process of its own, that is started again at the same addresses. */
class Program {
  readonly url: string;
  readonly client: Client;
  readonly #args: readonly string[];
  readonly #env: Readonly<Record<string, string>>;
  #running: Running | null = null;

  constructor(options: {
    readonly data: string;
    readonly ports: readonly number[];
    readonly env: Readonly<Record<string, string>>;
  }) {
    const { data, ports: [http, grpc], env } = options;
    this.url = `http://127.0.0.1:${http}`;
    this.client = createClient({ server: this.url, token: 'ada' });
    this.#args = ['serve', '--dev', '--port', String(http), '--grpc-port', String(grpc), '--data', data];
    this.#env = env;
  }

  async start(): Promise<void> {
    if (this.#running !== null) return;
    this.#running = start(this.#args, { env: this.#env });
    await this.#running.says(/"message":"listening"/);
  }

  async end(signal: NodeJS.Signals): Promise<void> {
    this.#running?.process.kill(signal);
    await this.#running?.ended;
    this.#running = null;
  }
}

/** How late each line came, from when the command printed it, in milliseconds, and the lines. */
interface Followed {
  readonly texts: string[];
  readonly lateMs: number[];
}

let database: TestDatabase;
let folder: ReturnType<typeof makeFolder>;
let a: Program;
let b: Program;
const toEnd: Running[] = [];

beforeAll(async () => {
  database = await newDatabase();
  folder = makeFolder();
  const ports = await Promise.all(Array.from({ length: 4 }, freePort));
  const env = {
    DATABASE_URL: database.url, WAYBILL_MAX_WORKERS: String(maxWorkers),
    WAYBILL_AGENT_SERVERS: `127.0.0.1:${ports[1]},127.0.0.1:${ports[3]}`,
  };
  const data = join(folder.path, 'data');
  a = new Program({ data, ports: ports.slice(0, 2), env });
  b = new Program({ data, ports: ports.slice(2), env });
}, 60_000);

afterAll(async () => {
  for (const { process } of toEnd) process.kill('SIGKILL');
  await Promise.all([a.end('SIGKILL'), b.end('SIGKILL')]);
  for (const pid of processesWith(folder.path)) process.kill(pid, 'SIGKILL');
  folder.remove();
});

/** Processes of this machine with these words among their arguments. */
function processesWith(words: string): readonly number[] {
  return readdirSync('/proc').filter((name) => /^\d+$/.test(name)).map(Number).filter((pid) => {
    try {
      return pid !== process.pid && readFileSync(`/proc/${pid}/cmdline`, 'latin1').includes(words);
    } catch {
      return false;
    }
  });
}

/** Prints a line with its number and the time every 50 ms, until the file is there. */
function printing(until: string): string {
  return `i=0; while [ ! -e ${until} ]; do i=$((i+1)); echo "$i $(date +%s%3N)"; sleep 0.05; done; echo "$i last"`;
}

async function follow(client: Client, id: string, signal: AbortSignal, into: Followed): Promise<void> {
  const events = client.followJobLogs({ params: { id }, query: {} }, { signal, retries: 60 });
  for await (const event of events) {
    if (event.type === 'dropped') throw new Error(`lines were dropped: ${JSON.stringify(event)}`);
    if (event.type !== 'line') continue;
    const [number = '', at] = event.text.split(' ');
    into.texts.push(number);
    if (at !== 'last') into.lateMs.push(Date.now() - Number(at));
  }
}

async function until(client: Client, id: string, state: string): Promise<void> {
  await expect.poll(() => client.getJob({ params: { id } }), { timeout: 30_000 }).toMatchObject({ state });
}

const numbers = (count: number): string[] => Array.from({ length: count }, (_, index) => String(index + 1));

describe('two servers on one PostgreSQL', { timeout: 120_000 }, () => {
  it('cancel, follow and go on with commands whose agents are at the other one', async () => {
    await a.start();
    const stop = join(folder.path, 'stop');
    const submit = async (command: string) => (await a.client.submitCommand({ body: { command } })).id;
    const [printed, canceled] = [await submit(printing(stop)), await submit(printing(join(folder.path, 'never')))];
    // As long as there is no other server, both agents are at A.
    await Promise.all([until(a.client, printed, 'RUNNING'), until(a.client, canceled, 'RUNNING')]);
    await b.start();
    await b.client.cancelJob({ params: { id: canceled } });
    await until(b.client, canceled, 'CANCELLED');
    await expect.poll(() => processesWith(join(folder.path, 'never')), { timeout: 15_000 }).toEqual([]);

    const over = new AbortController();
    const seen: Followed = { texts: [], lateMs: [] };
    const following = follow(b.client, printed, over.signal, seen);
    const env = { WAYBILL_SERVER: b.url, WAYBILL_TOKEN: 'ada' };
    const cli = start(['job', 'logs', '--id', printed, '-f'], { env });
    toEnd.push(cli);
    await cli.says(/^20 /m);
    await expect.poll(() => seen.lateMs.length, { timeout: 20_000 }).toBeGreaterThan(30);
    // The first ones were printed before anybody followed.
    const late = seen.lateMs.slice(-20).sort((one, other) => one - other);
    expect(late[10], `half of the lines: ${late.join(' ')} ms`).toBeLessThan(1_000);

    await a.end('SIGKILL');
    const before = seen.texts.length;
    await expect.poll(() => seen.texts.length, { timeout: 30_000 }).toBeGreaterThan(before + 20);
    writeFileSync(stop, '');
    await until(b.client, printed, 'SUCCEEDED');
    await following;
    const job = await b.client.getJob({ params: { id: printed } });
    expect(job).toMatchObject({ state: 'SUCCEEDED', attempt: 1 });
    const count = seen.texts.length - 1;
    // The last line says the last number again.
    expect(seen.texts).toEqual([...numbers(count), String(count)]);
    const { status, stdout } = await cli.ended;
    expect(status).toBe(0);
    expect(stdout.trim().split('\n').map((line) => line.split(' ', 1)[0])).toEqual(seen.texts);
  });

  it('never have more workers at a provider than it may', async () => {
    await Promise.all([a.start(), b.start()]);
    const ids = await Promise.all(Array.from({ length: 8 }, async (_, index) => {
      const { id } = await [a, b][index % 2]!.client.submitCommand({ body: { command: 'true' } });
      return id;
    }));
    await Promise.all(ids.map((id) => until(a.client, id, 'SUCCEEDED')));
    const store = await openPostgresStore(
      { url: database.url, poolSize: 2, proxied: false, listenUrl: null }, readMigrations(),
    );
    try {
      const page = await store.feed!.read(null, { limit: 1_000, maxBytes: 16_777_216 });
      const open = new Set<string>();
      const most: number[] = [];
      for (const { event: { kind, jobId, body } } of page) {
        if (kind !== 'worker') continue;
        if (body.state === 'TERMINATED') open.delete(jobId);
        else open.add(jobId);
        most.push(open.size);
      }
      expect(Math.max(...most)).toBe(maxWorkers);
    } finally {
      await store.close();
    }
  });
});
