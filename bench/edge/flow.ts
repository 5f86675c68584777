import { Agent, request, type IncomingMessage } from 'node:http';

/** A server under load, whatever runs it, in development mode. */
export class LoadedServer {
  readonly url: string;
  readonly #agent: Agent;

  constructor(url: string, connections: number) {
    this.url = url;
    this.#agent = new Agent({ keepAlive: true, maxSockets: connections });
  }

  /** Throws when the status is neither a success nor one of `alsoGood`. */
  send(
    method: 'GET' | 'POST',
    path: string,
    headers: Readonly<Record<string, string>>,
    body?: unknown,
    alsoGood: readonly number[] = [],
  ): Promise<{ readonly status: number; readonly data: any }> {
    const text = body === undefined ? '' : JSON.stringify(body);
    const length = body === undefined ? {} : { 'content-length': String(Buffer.byteLength(text)) };
    return new Promise((resolve, reject) => {
      const all = { 'content-type': 'application/json', ...length, ...headers };
      const options = { agent: this.#agent, method, headers: all };
      const sent = request(this.url + path, options, (response: IncomingMessage) => {
        let received = '';
        response.setEncoding('utf8').on('data', (chunk: string) => (received += chunk));
        response.on('end', () => {
          const status = response.statusCode ?? 0;
          if (status >= 300 && !alsoGood.includes(status)) return reject(new Error(`${path}: ${status} ${received}`));
          return resolve({ status, data: (JSON.parse(received) as { data?: unknown }).data });
        });
      });
      sent.on('error', reject);
      sent.end(text);
    });
  }

  async open(userId: string, credits: number): Promise<void> {
    await this.send('POST', `/api/accounts/${userId}/grants`, bearer('admin'), { credits, plan: 'pro' });
  }

  close(): void {
    this.#agent.destroy();
  }
}

export function bearer(userId: string): { readonly authorization: string } {
  return { authorization: `Bearer ${userId}` };
}

const worker = { 'x-gpu-callback-secret': 'dev-callback-secret' };

/** The whole life of a job of three photos, seven requests; its id, or null when the user's slots were taken. */
export async function wholeFlow(server: LoadedServer, userId: string, failing = false): Promise<string | null> {
  const user = bearer(userId);
  const created = await server.send('POST', '/api/jobs', user, { preset: 'seller', itemCount: 3 }, [429]);
  if (created.status === 429) return null;
  const { jobId } = created.data as { jobId: string };
  await server.send('POST', `/api/jobs/${jobId}/confirm-upload`, user, { totalItems: 3 });
  await server.send('POST', `/api/jobs/${jobId}/execute`, user, {});
  for (let idx = 0; idx < 3; idx++) {
    const status = failing ? 'failed' : 'done';
    const said = { idx, status, idempotency_key: `${jobId}-item-${idx}` };
    await server.send('POST', `/api/jobs/${jobId}/callback`, worker, said);
  }
  const { data } = await server.send('GET', `/api/jobs/${jobId}`, user);
  if (data.status !== (failing ? 'failed' : 'done')) throw new Error(`job ${jobId} is ${data.status}`);
  return jobId;
}
