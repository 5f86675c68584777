import { randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { recordItemResult } from '../../src/kinds/image-set/contract/callbacks.ts';
import {
  acknowledgeMessages, extendLease, imageSetMessage, pullMessages,
} from '../../src/kinds/image-set/contract/queue.ts';

/** What a request is for, so that faults can be put where they belong. */
export type Purpose = 'pull' | 'ack' | 'extend' | 'callback' | 'get' | 'put';

/** Instead of the right answer: a status, a cut connection, silence, or headers and then silence. */
export type Fault =
  | { readonly status: number; readonly headers?: Record<string, string>; readonly body?: string }
  | 'reset'
  | 'hang'
  | 'stall';

export interface Seen {
  readonly purpose: Purpose;
  readonly idx: number | null;
  readonly body: unknown;
  readonly at: number;
}

interface Message {
  readonly id: string;
  body: unknown;
  attempts: number;
  availableAt: number;
  leasedUntil: number;
  acknowledged: boolean;
  /** Delays that it was given back with. */
  readonly retries: number[];
}

type Words = Record<'error' | 'error_code' | 'output_key' | 'preview_key', string | null>;
type Result = { status: string; confidence: number | null } & Words;

interface Job {
  status: string;
  readonly total: number;
  /** By idx: the first result, which is the one that counts. */
  readonly results: Map<number, Result>;
}

export const secret = 'a-secret-of-the-peer';

/**
 * The other side of the wire contract, strict: whatever a worker sends that the contract does not have
 * is written down in `violations`. It stands in for a server in the situations that a real one cannot be
 * brought into at will.
 */
export class Peer {
  readonly seen: Seen[] = [];
  readonly violations: string[] = [];
  readonly messages: Message[] = [];
  readonly jobs = new Map<string, Job>();
  readonly uploads = new Map<string, { bytes: Buffer; contentType: string }>();
  readonly #photos = new Map<string, Uint8Array>();
  readonly #faults: { purpose: Purpose; idx: number | null; times: number; fault: Fault }[] = [];
  readonly #watchers = new Set<() => void>();
  readonly #server: Server;

  private constructor() {
    this.#server = createServer((request, response) => {
      this.#answer(request, response).catch((error: unknown) => {
        // A worker that goes away in the middle of a request may do so.
        if ((error as NodeJS.ErrnoException).code !== 'ECONNRESET') this.violations.push(String(error));
        response.destroy();
      });
    });
  }

  static async start(): Promise<Peer> {
    const peer = new Peer();
    await new Promise<void>((resolve) => peer.#server.listen(0, '127.0.0.1', resolve));
    return peer;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  async close(): Promise<void> {
    const closed = new Promise((resolve) => this.#server.close(resolve));
    this.#server.closeAllConnections();
    await closed;
  }

  /** Queues a set; a photo that is null was not uploaded. Gives the job's id. */
  addSet(photos: readonly (Uint8Array | null)[], concepts: unknown = {}, batchConcurrency = 4): string {
    const jobId = randomUUID();
    photos.forEach((photo, idx) => {
      if (photo !== null) this.#photos.set(`inputs/mira/${jobId}/${idx}.jpg`, photo);
    });
    this.jobs.set(jobId, { status: 'queued', total: photos.length, results: new Map() });
    const items = photos.map((_, idx) => {
      const input = `inputs/mira/${jobId}/${idx}.jpg`;
      const output = `outputs/mira/${jobId}/${idx}_result.png`;
      const preview = `previews/mira/${jobId}/${idx}_thumb.jpg`;
      return {
        idx, input_key: input, input_url: this.objectUrl(input),
        output_key: output, output_url: this.objectUrl(output),
        preview_key: preview, preview_url: this.objectUrl(preview),
      };
    });
    this.addMessage({
      job_id: jobId, user_id: 'mira', preset: 'seller', concepts, protect: ['face'], items,
      callback_url: `${this.url}/api/jobs/${jobId}/callback`, idempotency_prefix: jobId,
      batch_concurrency: batchConcurrency,
    });
    return jobId;
  }

  addMessage(body: unknown): Message {
    const message = {
      id: randomUUID(), body, attempts: 0, availableAt: 0, leasedUntil: 0, acknowledged: false, retries: [],
    };
    this.messages.push(message);
    this.#changed();
    return message;
  }

  objectUrl(key: string): string {
    return `${this.url}/objects/${key}?X-Amz-Signature=abc`;
  }

  /** The next `times` requests for this (and this photo) get the fault instead of their answer. */
  inject(purpose: Purpose, fault: Fault, options: { times?: number; idx?: number } = {}): void {
    const { times = 1, idx = null } = options;
    this.#faults.push({ purpose, idx, times, fault });
  }

  mend(): void {
    this.#faults.length = 0;
  }

  /** Takes the messages away from whoever has them, as if their lease had run out. */
  revokeLeases(): void {
    for (const message of this.messages) message.attempts += 1;
  }

  /** Waits for something to be so, looking again whenever anything happened. */
  async until(isSo: () => boolean): Promise<void> {
    while (!isSo()) {
      await new Promise<void>((resolve) => {
        const wake = (): void => {
          this.#watchers.delete(wake);
          resolve();
        };
        this.#watchers.add(wake);
      });
    }
  }

  count(purpose: Purpose, idx: number | null = null): number {
    return this.seen.filter((each) => each.purpose === purpose && (idx === null || each.idx === idx)).length;
  }

  job(jobId: string): Job {
    const job = this.jobs.get(jobId);
    if (job === undefined) throw new Error(`no job ${jobId}`);
    return job;
  }

  #changed(): void {
    for (const wake of [...this.#watchers]) wake();
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { pathname } = new URL(request.url ?? '/', this.url);
    const bytes = await readAll(request);
    // Some objects have no idx in their key.
    const object = /^\/objects\/(.+?(?:\/(\d+)(?:_\w+)?\.\w+)?)$/.exec(pathname);
    const action = /^\/api\/queues\/gpu-jobs\/messages\/(pull|ack|extend)$/.exec(pathname);
    const callback = /^\/api\/jobs\/([^/]+)\/callback$/.exec(pathname);
    const body: unknown = object === null ? JSON.parse(bytes.toString() || 'null') : null;
    const transfer = request.method === 'PUT' ? 'put' : 'get';
    const purpose = object !== null ? transfer : ((action?.[1] ?? 'callback') as Purpose);
    const idx = object !== null ? Number(object[2] ?? Number.NaN) : ((body as { idx?: number } | null)?.idx ?? null);
    this.seen.push({ purpose, idx, body, at: performance.now() });
    this.#changed();
    const fault = this.#takeFault(purpose, idx);
    if (fault !== null) {
      misbehave(response, fault);
      return this.#changed();
    }
    if (object === null && request.headers['x-gpu-callback-secret'] !== secret) {
      return send(response, 401, { success: false, error: { code: 'unauthenticated', message: 'wrong secret' } });
    }
    if (object !== null) this.#answerObject(request, response, object[1] ?? '', bytes);
    else if (purpose === 'pull') await this.#answerPull(response, body);
    else if (purpose === 'ack') this.#answerAck(response, body);
    else if (purpose === 'extend') this.#answerExtend(response, body);
    else this.#answerCallback(response, callback?.[1] ?? '', body);
    this.#changed();
  }

  #takeFault(purpose: Purpose, idx: number | null): Fault | null {
    const found = this.#faults.find(
      (each) => each.purpose === purpose && each.times > 0 && (each.idx === null || each.idx === idx),
    );
    if (found === undefined) return null;
    found.times -= 1;
    return found.fault;
  }

  #answerObject(request: IncomingMessage, response: ServerResponse, key: string, bytes: Buffer): void {
    if (request.headers['x-gpu-callback-secret'] !== undefined) this.violations.push(`the secret was sent to ${key}`);
    if (request.method === 'PUT') {
      this.uploads.set(key, { bytes, contentType: request.headers['content-type'] ?? '' });
      response.writeHead(200).end();
      return;
    }
    const photo = this.#photos.get(key);
    if (photo === undefined) response.writeHead(404).end('<Error><Code>NoSuchKey</Code></Error>');
    else response.writeHead(200, { 'content-length': photo.byteLength }).end(photo);
  }

  async #answerPull(response: ServerResponse, sent: unknown): Promise<void> {
    const { visibility_timeout_ms, wait_ms } = this.#read(pullMessages.body, sent);
    const until = performance.now() + wait_ms;
    const find = (): Message | undefined => {
      const now = performance.now();
      return this.messages.find((each) => !each.acknowledged && each.availableAt <= now && each.leasedUntil <= now);
    };
    let found = find();
    while (found === undefined && performance.now() < until && !response.destroyed) {
      await new Promise<void>((resolve) => {
        const wake = (): void => {
          clearTimeout(timer);
          this.#watchers.delete(wake);
          resolve();
        };
        const timer = setTimeout(wake, Math.min(50, until - performance.now()));
        this.#watchers.add(wake);
      });
      found = find();
    }
    if (response.destroyed) return;
    if (found === undefined) return send(response, 200, { success: true, data: { messages: [] } });
    found.attempts += 1;
    found.leasedUntil = performance.now() + visibility_timeout_ms;
    const { id, attempts } = found;
    const message = { id, lease_id: `${id}.${attempts}`, attempts, body: this.#unfinished(found.body) };
    send(response, 200, { success: true, data: { messages: [message] } });
  }

  /** As the server makes the message again for each delivery: without the photos that have their result. */
  #unfinished(body: unknown): unknown {
    const parsed = imageSetMessage.safeParse(body);
    if (!parsed.success) return body;
    const results = this.jobs.get(parsed.data.job_id)?.results;
    return { ...parsed.data, items: parsed.data.items.filter(({ idx }) => !results?.has(idx)) };
  }

  #answerAck(response: ServerResponse, sent: unknown): void {
    const { acks, retries } = this.#read(acknowledgeMessages.body, sent);
    const refused: string[] = [];
    for (const { lease_id } of acks) {
      const message = this.#held(lease_id);
      if (message === undefined) refused.push(lease_id);
      else message.acknowledged = true;
    }
    for (const { lease_id, delay_seconds } of retries) {
      const message = this.#held(lease_id);
      if (message === undefined) refused.push(lease_id);
      else {
        message.retries.push(delay_seconds);
        message.leasedUntil = 0;
        message.availableAt = performance.now() + delay_seconds * 1000;
      }
    }
    send(response, 200, { success: true, data: { acknowledged: acks.length, retried: retries.length, refused } });
  }

  #answerExtend(response: ServerResponse, sent: unknown): void {
    const { lease_id, visibility_timeout_ms } = this.#read(extendLease.body, sent);
    const message = this.#held(lease_id);
    if (message === undefined) {
      return send(response, 409, { success: false, error: { code: 'lease_lost', message: 'not yours' } });
    }
    message.leasedUntil = performance.now() + visibility_timeout_ms;
    send(response, 200, { success: true, data: { expires_at: new Date().toISOString() } });
  }

  #held(leaseId: string): Message | undefined {
    return this.messages.find((each) => !each.acknowledged && `${each.id}.${each.attempts}` === leaseId);
  }

  #answerCallback(response: ServerResponse, jobId: string, sent: unknown): void {
    const result = this.#read(recordItemResult.body, sent);
    const job = this.jobs.get(jobId);
    if (job === undefined) {
      return send(response, 404, { success: false, error: { code: 'not_found', message: 'no job' } });
    }
    const { idx, status, error, error_code, output_key, preview_key, confidence } = result;
    if (result.idempotency_key !== `${jobId}-item-${idx}`) this.violations.push(`key ${result.idempotency_key}`);
    if ((status === 'done') !== (output_key !== null) || (status === 'done' && preview_key === null)) {
      this.violations.push(`keys of ${idx}`);
    }
    if (preview_key !== null && !this.uploads.has(preview_key)) this.violations.push(`no preview of ${idx}`);
    if ((status === 'failed') !== (error !== null && error_code !== null)) this.violations.push(`error of ${idx}`);
    if (job.status !== 'canceled' && !job.results.has(idx)) {
      job.results.set(idx, { status, error, error_code, output_key, preview_key, confidence });
      job.status = job.results.size === job.total ? 'done' : 'running';
    }
    const failed = [...job.results.values()].filter((each) => each.status === 'failed').length;
    const progress = { done: job.results.size - failed, failed, total: job.total };
    send(response, 200, { success: true, data: { jobId, status: job.status, progress } });
  }

  #read<T>(schema: { parse(value: unknown): T }, sent: unknown): T {
    return schema.parse(sent);
  }
}

async function readAll(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

function send(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
}

function misbehave(response: ServerResponse, fault: Fault): void {
  if (fault === 'reset') response.destroy();
  else if (fault === 'stall') response.writeHead(200, { 'content-length': 1_000 }).write('x');
  else if (fault !== 'hang') response.writeHead(fault.status, fault.headers).end(fault.body ?? '');
}
