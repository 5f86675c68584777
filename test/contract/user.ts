import type { Target } from './target-types.ts';

/** What came back: the status, and the envelope as it is. */
export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  // Tests read what the contract says is there; a wrong shape fails the expectation that follows.
  readonly body: any;
}

export interface User {
  readonly id: string;
  get(path: string): Promise<Answer>;
  post(path: string, body?: unknown, headers?: Record<string, string>): Promise<Answer>;
  put(path: string, body: unknown): Promise<Answer>;
  delete(path: string): Promise<Answer>;
  /** A set that was created, with its id and upload URLs. */
  create(
    itemCount: number,
    preset?: string,
  ): Promise<{ jobId: string; urls: { idx: number; url: string; key: string }[] }>;
  /** Created, confirmed and executed. */
  queued(itemCount: number): Promise<string>;
  status(jobId: string): Promise<string>;
  me(): Promise<{ credits: number; activeJobs: number; reserved: number; spent: number; granted: number }>;
}

export async function request(
  url: string,
  method: string,
  body?: unknown,
  headers: Record<string, string> = {},
): Promise<Answer> {
  const response = await fetch(url, {
    method,
    headers: body === undefined ? headers : { 'content-type': 'application/json', ...headers },
    ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
  });
  const text = await response.text();
  return { status: response.status, headers: response.headers, body: text === '' ? null : JSON.parse(text) };
}

const tag = Math.random().toString(36).slice(2, 8);
let users = 0;

/** A user nobody has seen before: on plan free, with 10 credits. */
export function newUser(target: Target, id = `user-${tag}-${++users}`): User {
  const headers = { authorization: `Bearer ${id}` };
  const at = (path: string): string => (path.startsWith('http') ? path : target.url + path);
  const user: User = {
    id,
    get: (path) => request(at(path), 'GET', undefined, headers),
    post: (path, body, more) => request(at(path), 'POST', body ?? {}, { ...headers, ...more }),
    put: (path, body) => request(at(path), 'PUT', body, headers),
    delete: (path) => request(at(path), 'DELETE', undefined, headers),
    create: async (itemCount, preset = 'remove-background') => {
      const { body } = await user.post('/api/jobs', { preset, itemCount });
      if (!body.success) throw new Error(`create: ${JSON.stringify(body)}`);
      return body.data;
    },
    queued: async (itemCount) => {
      const { jobId } = await user.create(itemCount);
      for (const [step, input] of [['confirm-upload', { totalItems: itemCount }], ['execute', { concepts }]] as const) {
        const { body } = await user.post(`/api/jobs/${jobId}/${step}`, input);
        if (!body.success) throw new Error(`${step}: ${JSON.stringify(body)}`);
      }
      return jobId;
    },
    status: async (jobId) => (await user.get(`/api/jobs/${jobId}`)).body.data.status,
    me: async () => (await user.get('/api/user/me')).body.data,
  };
  return user;
}

export const concepts = { background: { action: 'remove', value: '' } };

/** A user of plan pro with this many credits. */
export async function newPro(target: Target, credits: number): Promise<User> {
  const user = newUser(target);
  const granted = await newUser(target, 'admin').post(`/api/accounts/${user.id}/grants`, {
    credits: credits - 10,
    plan: 'pro',
  });
  if (granted.status >= 300) throw new Error(`grant: ${JSON.stringify(granted.body)}`);
  return user;
}

/** What a worker says of one item, by the contract's own key unless told otherwise. */
export function callback(
  target: Target,
  jobId: string,
  idx: number,
  said: Record<string, unknown> = {},
  headers: Record<string, string> = { 'x-gpu-callback-secret': target.callbackSecret },
): Promise<Answer> {
  const body = { idx, status: 'done', idempotency_key: `${jobId}-item-${idx}`, ...said };
  return request(`${target.url}/api/jobs/${jobId}/callback`, 'POST', body, headers);
}
