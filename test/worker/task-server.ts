import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import type { RequestContext } from '../../src/application/request.ts';
import type { SubmitTask } from '../../src/kinds/task/application/submit.ts';
import type { TaskSummary } from '../../src/kinds/task/application/queries.ts';
import type { TaskApplication } from '../../src/kinds/task/application/application.ts';
import type { Result } from '../../src/domain/errors.ts';
import { parseConfig } from '../../src/main/config/parse.ts';
import { createHttpApp } from '../../src/main/node/http-app.ts';
import { createLogger } from '../../src/main/node/logger.ts';
import { createNodeObjects } from '../../src/main/node/objects.ts';
import { createPeople } from '../../src/main/node/people.ts';
import { createPlatform } from '../../src/main/node/platform.ts';
import { listenerOf } from '../../src/main/node/request-listener.ts';
import { openStore } from '../../src/main/node/store.ts';
import { createWorker, type Worker, type WorkerOptions } from '../../src/kinds/task/worker/index.ts';
import { systemClock } from '../../src/main/node/world.ts';

/** A server whose application a test can ask as well, without a connection. */
export interface TaskServer {
  readonly url: string;
  readonly application: TaskApplication;
  submit(type: string, more?: Partial<SubmitTask>): Promise<string>;
  get(id: string): Promise<TaskSummary>;
  /** The task once it has an event of the type. */
  happened(id: string, event: string): Promise<TaskSummary>;
  /** The task once it has ended. */
  ended(id: string): Promise<TaskSummary>;
  cancel(id: string): Promise<void>;
  logs(id: string): Promise<readonly string[]>;
  /** A worker of this server that is stopped when the test is over. */
  work(options: Partial<WorkerOptions>): Worker;
  close(): Promise<void>;
}

const mira: RequestContext = {
  caller: { userId: 'mira', roles: ['user', 'operator'] },
  correlationId: 'test',
  traceparent: null,
};

export async function startTaskServer(): Promise<TaskServer> {
  const folder = mkdtempSync(join(tmpdir(), 'waybill-tasks-'));
  const config = parseConfig(['--dev', '--port', '0', '--data', folder], {});
  const lines: string[] = [];
  const logger = createLogger('error', (line) => lines.push(line));
  let listener: RequestListener = () => {};
  const http = createServer((request, response) => listener(request, response));
  await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(http.address() as AddressInfo).port}`;
  const store = await openStore(config);
  const objects = createNodeObjects(config, url, logger);
  const clock = systemClock;
  const platform = createPlatform({ config, store, clock, objects: objects.store, publicUrl: url, logger });
  const people = createPeople(config, { store, clock, disableSchedules: platform.disableSchedules });
  const app = createHttpApp({ config, platform, people, store, clock, objects, publicUrl: url, logger });
  listener = listenerOf(app.fetch, { ownProcess: true, direct: app.direct }) as RequestListener;
  platform.start();
  const application = platform.kinds.task;
  const { tasks } = application;
  const get = async (id: string): Promise<TaskSummary> => value(await tasks.get(mira, id));
  const followed = async (id: string, event: string | null): Promise<TaskSummary> => {
    const stop = new AbortController();
    for await (const group of value(await tasks.follow(mira, id, { after: 0, signal: stop.signal }))) {
      if (group.some(({ body }) => body.type === event)) return get(id);
    }
    return get(id);
  };
  return {
    url,
    application,
    submit: async (type, more) => value(await tasks.submit(mira, { type, data: null, ...more })).task.id,
    get,
    happened: followed,
    ended: (id) => followed(id, null),
    cancel: async (id) => void value(await tasks.cancel(mira, id)),
    logs: async (id) => {
      const { lines } = value(await tasks.logs(mira, id, { after: 0, limit: 1_000 }));
      return lines.map(({ text }) => text);
    },
    work: (options) => {
      const worker = createWorker({ server: url, token: 'mira', signals: false, logger: quiet, ...options });
      onTestFinished(() => worker.stop());
      return worker;
    },
    close: async () => {
      platform.quiesce();
      http.closeAllConnections();
      await new Promise((resolve) => http.close(resolve));
      await platform.stop();
      await store.close();
      rmSync(folder, { recursive: true, force: true });
      if (lines.length > 0) throw new Error(`the server logged errors:\n${lines.join('')}`);
    },
  };
}

const silent = (): void => {};
export const quiet = { debug: silent, info: silent, warn: silent, error: silent };

function value<T>(result: Result<T>): T {
  if (!result.ok) throw new Error(JSON.stringify(result.refusal));
  return result.value;
}
