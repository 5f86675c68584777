import { expect, vi } from 'vitest';
import { makeFolder, start, type Running } from '../cli/program.ts';

export interface Task {
  readonly id: string;
  readonly type: string;
  readonly status: string;
  readonly attempt: number;
  readonly result: unknown;
  readonly errorLog: readonly { readonly item?: string; readonly message: string; readonly code?: string;
    readonly stack?: string }[];
  readonly [field: string]: unknown;
}

export interface LogLine {
  readonly level: string;
  readonly message: string;
  readonly [field: string]: unknown;
}

/** `waybill serve --dev` in a process of its own. */
export interface StartedServer {
  readonly url: string;
  readonly process: Running['process'];
  submit(type: string, more?: Readonly<Record<string, unknown>>): Promise<string>;
  get(id: string): Promise<Task>;
  /** The task once it has ended. */
  ended(id: string, withinMs?: number): Promise<Task>;
  /** The lines of a task's log. */
  logs(id: string): Promise<readonly string[]>;
  request(path: string, options?: { readonly method?: string; readonly body?: unknown }): Promise<unknown>;
  /** What the server has logged. */
  log(): readonly LogLine[];
  stop(): Promise<void>;
}

export async function startServe(...flags: readonly string[]): Promise<StartedServer> {
  return startServeIn({}, ...flags);
}

/** With an environment, and with the data of a folder that stays where it is. */
export async function startServeIn(
  { env = {}, data }: { readonly env?: Readonly<Record<string, string>>; readonly data?: string },
  ...flags: readonly string[]
): Promise<StartedServer> {
  const folder = data === undefined ? makeFolder() : { path: data, remove() {} };
  const running = start(['serve', '--dev', '--port', '0', '--data', folder.path, ...flags], { env });
  let stderr = '';
  running.process.stderr!.on('data', (text: string) => (stderr += text));
  const stop = async (): Promise<void> => {
    running.process.kill('SIGTERM');
    await running.ended;
    folder.remove();
  };
  const [, url = ''] = await running.says(/^Waybill listens on (\S+)\n/);
  const request: StartedServer['request'] = async (path, { method = 'GET', body } = {}) => {
    const response = await fetch(`${url}${path}`, {
      method,
      headers: { authorization: 'Bearer mira', 'content-type': 'application/json' },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
    const answer = (await response.json()) as { success: boolean; data: unknown };
    if (!answer.success) throw new Error(`${method} ${path}: ${JSON.stringify(answer)}`);
    return answer.data;
  };
  const get = (id: string): Promise<Task> => request(`/api/v1/jobs/${id}`) as Promise<Task>;
  return {
    url, process: running.process, get, request, stop,
    submit: async (type, more) => {
      const body = { type, data: null, backoff: { firstMs: 0, maxMs: 0 }, ...more };
      return ((await request('/api/v1/jobs', { method: 'POST', body })) as Task).id;
    },
    ended: async (id, withinMs = 15_000) => {
      await vi.waitFor(async () => expect((await get(id)).status).toMatch(/completed|failed|canceled/), withinMs);
      return get(id);
    },
    logs: async (id) => {
      const { lines } = (await request(`/api/v1/jobs/${id}/logs`)) as { lines: { message: string }[] };
      return lines.map(({ message }) => message);
    },
    log: () => stderr.split('\n').filter((line) => line.startsWith('{')).map((line) => JSON.parse(line) as LogLine),
  };
}
