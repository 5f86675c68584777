import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { programFile } from '../cli/program-file.ts';

/**
 * A server under load is killed with SIGKILL again and again. Whatever it had acknowledged must be
 * there when it is back; in the end every set ends and every credit is accounted for.
 */
export interface KillReport {
  readonly rounds: number;
  readonly acknowledged: number;
  readonly jobs: number;
  readonly ended: Readonly<Record<string, number>>;
}

interface Known {
  readonly userId: string;
  /** The furthest step that was acknowledged: 0 created, 1 uploaded, 2 queued, then 2 + results. */
  step: number;
  canceled: boolean;
}

const secret = 'dev-callback-secret';
const items = 3;
const users = 8;

export async function killRounds(options: {
  readonly folder: string;
  readonly rounds: number;
  /** The load runs for up to this long before each kill. */
  readonly maxRoundMs: number;
  readonly random: () => number;
  readonly onRound?: (round: number, acknowledged: number) => void;
}): Promise<KillReport> {
  const { folder, rounds, maxRoundMs, random, onRound } = options;
  const known = new Map<string, Known>();
  let acknowledged = 0;
  // A busy machine needs more rounds until something is proved.
  const isEnough = (): boolean => acknowledged > 50 && [...known.values()].some(({ canceled }) => canceled);
  for (let round = 0; round < rounds || (!isEnough() && round < 5 * rounds); round++) {
    const server = await start(folder);
    try {
      if (round === 0) await grantAll(server.url);
      await checkAcknowledged(server.url, known);
      const stopAt = Date.now() + 50 + random() * maxRoundMs;
      const killing = killAt(server.process, stopAt);
      await Promise.all(
        Array.from({ length: users }, (_, index) =>
          load(server.url, `crash-${index}`, known, random, () => {
            acknowledged += 1;
          }),
        ),
      );
      await killing;
    } finally {
      server.process.kill('SIGKILL');
    }
    onRound?.(round + 1, acknowledged);
  }
  const server = await start(folder);
  try {
    await checkAcknowledged(server.url, known);
    const ended = await finishAll(server.url);
    await checkAccounts(server.url);
    return { rounds, acknowledged, jobs: known.size, ended };
  } finally {
    server.process.kill('SIGTERM');
    await once(server.process, 'exit');
  }
}

async function start(folder: string): Promise<{ process: ChildProcess; url: string }> {
  const args = [programFile, 'serve', '--dev', '--port', '0', '--data', folder, '--log-level', 'info'];
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'pipe'] });
  let seen = '';
  const url = await new Promise<string>((resolve, reject) => {
    const read = (chunk: Buffer): void => {
      seen += chunk.toString();
      const match = /"message":"listening","url":"([^"]+)"/.exec(seen);
      if (match?.[1] !== undefined) resolve(match[1]);
    };
    child.stdout.on('data', read);
    child.stderr.on('data', read);
    child.once('exit', (code) => reject(new Error(`the server ended with ${code}:\n${seen}`)));
  });
  return { process: child, url };
}

async function killAt(child: ChildProcess, at: number): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, Math.max(0, at - Date.now())));
  child.kill('SIGKILL');
  await once(child, 'exit');
}

interface Reply {
  readonly status: number;
  readonly data: Record<string, unknown>;
}

/** Null when the server is gone: whether the request counted is not known. */
async function say(url: string, method: string, body: unknown, headers: Record<string, string>): Promise<Reply | null> {
  try {
    const response = await fetch(url, {
      method,
      headers: { 'content-type': 'application/json', ...headers },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const answer = (await response.json()) as { data?: Record<string, unknown>; error?: Record<string, unknown> };
    return { status: response.status, data: answer.data ?? answer.error ?? {} };
  } catch {
    return null;
  }
}

const as = (userId: string): Record<string, string> => ({ authorization: `Bearer ${userId}` });

/** One user's jobs, one after the other, until the server is gone. What is acknowledged is written down. */
async function load(
  url: string,
  userId: string,
  known: Map<string, Known>,
  random: () => number,
  onAcknowledged: () => void,
): Promise<void> {
  const accepted = (reply: Reply | null): reply is Reply => {
    if (reply === null) return false;
    if (reply.status >= 500) throw new Error(`${reply.status}: ${JSON.stringify(reply.data)}`);
    if (reply.status < 300) onAcknowledged();
    return true;
  };
  for (;;) {
    const created = await say(`${url}/api/jobs`, 'POST', { preset: 'seller', itemCount: items }, as(userId));
    if (!accepted(created)) return;
    if (created.status === 429) {
      if (!(await finishOne(url, userId, known, random, accepted))) return;
      continue;
    }
    const jobId = String(created.data['jobId']);
    known.set(jobId, { userId, step: 0, canceled: false });
    if (!(await advance(url, jobId, known, random, accepted))) return;
  }
}

type Accepted = (reply: Reply | null) => reply is Reply;

/** Takes the job as far as it goes; now and then leaves it, or cancels it. False when the server is gone. */
async function advance(
  url: string,
  jobId: string,
  known: Map<string, Known>,
  random: () => number,
  accepted: Accepted,
): Promise<boolean> {
  const job = known.get(jobId);
  if (job === undefined) throw new Error(`job ${jobId} is not known`);
  const { userId } = job;
  const steps: (() => Promise<Reply | null>)[] = [
    () => say(`${url}/api/jobs/${jobId}/confirm-upload`, 'POST', { totalItems: items }, as(userId)),
    () => say(`${url}/api/jobs/${jobId}/execute`, 'POST', {}, as(userId)),
    ...Array.from({ length: items }, (_, idx) => () => result(url, jobId, idx)),
  ];
  for (const [index, step] of steps.entries()) {
    if (random() < 0.02) return true;
    if (random() < 0.02) {
      const canceled = await say(`${url}/api/jobs/${jobId}/cancel`, 'POST', {}, as(userId));
      if (!accepted(canceled)) return false;
      if (canceled.status < 300) job.canceled = true;
      return true;
    }
    const reply = await step();
    if (!accepted(reply)) return false;
    if (reply.status < 300) job.step = Math.max(job.step, index + 1);
  }
  return true;
}

function result(url: string, jobId: string, idx: number): Promise<Reply | null> {
  const body = { idx, status: idx === 1 ? 'failed' : 'done', idempotency_key: `${jobId}-item-${idx}` };
  return say(`${url}/api/jobs/${jobId}/callback`, 'POST', body, { 'x-gpu-callback-secret': secret });
}

/** Every slot is taken: takes one of the user's open jobs to its end. */
async function finishOne(
  url: string,
  userId: string,
  known: Map<string, Known>,
  random: () => number,
  accepted: Accepted,
): Promise<boolean> {
  const open = await say(`${url}/api/jobs?limit=50`, 'GET', undefined, as(userId));
  if (!accepted(open)) return false;
  const jobs = open.data['jobs'] as { jobId: string; phase: string }[];
  const found = jobs.find(({ phase }) => phase === 'waiting' || phase === 'active');
  if (found === undefined) throw new Error(`${userId} has no free slot and no open job`);
  // It may have been created without our having heard of it.
  if (!known.has(found.jobId)) known.set(found.jobId, { userId, step: 0, canceled: false });
  return advance(url, found.jobId, known, random, accepted);
}

const order = ['created', 'uploaded', 'queued', 'running'];

async function checkAcknowledged(url: string, known: ReadonlyMap<string, Known>): Promise<void> {
  const lost: string[] = [];
  await inParallel([...known], async ([jobId, { userId, step, canceled }]) => {
    const reply = await say(`${url}/api/jobs/${jobId}`, 'GET', undefined, as(userId));
    const job = (reply?.data ?? {}) as { status?: string; progress?: { done: number; failed: number } };
    const { status, progress } = job;
    const reached =
      status === 'done' || status === 'failed' || status === 'canceled'
        ? Number.POSITIVE_INFINITY
        : order.indexOf(status ?? '') === -1 ? -1 : Math.min(order.indexOf(status ?? ''), 2);
    const results = (progress?.done ?? 0) + (progress?.failed ?? 0);
    const kept = reached >= Math.min(step, 2) && (step <= 2 || status === 'canceled' || results >= step - 2);
    if (reply?.status !== 200 || !kept || (canceled && status !== 'canceled')) {
      lost.push(`${jobId}: acknowledged step ${step}${canceled ? ', canceled' : ''}, found ${status} with ${results}`);
    }
  });
  if (lost.length > 0) throw new Error(`acknowledged and lost:\n${lost.join('\n')}`);
}

async function inParallel<T>(all: readonly T[], work: (one: T) => Promise<void>): Promise<void> {
  const queue = [...all];
  const worker = async (): Promise<void> => {
    for (let one = queue.pop(); one !== undefined; one = queue.pop()) await work(one);
  };
  await Promise.all(Array.from({ length: 16 }, worker));
}

async function grantAll(url: string): Promise<void> {
  for (let index = 0; index < users; index++) {
    const grant = { credits: 1_000_000, plan: 'pro' };
    await say(`${url}/api/accounts/crash-${index}/grants`, 'POST', grant, as('admin'));
  }
}

/** Every job that there is ends: by its callbacks if it was executed, by cancel otherwise. */
async function finishAll(url: string): Promise<Record<string, number>> {
  const ended: Record<string, number> = {};
  let cursor: string | null = null;
  do {
    const query: string = cursor === null ? '' : `&cursor=${cursor}`;
    const page: Reply | null = await say(`${url}/api/jobs?limit=200${query}`, 'GET', undefined, as('admin'));
    if (page?.status !== 200) throw new Error(`the list of jobs answered ${JSON.stringify(page)}`);
    const jobs = page.data['jobs'] as { jobId: string; status: string; ownerId: string }[];
    await inParallel(jobs, async ({ jobId, status, ownerId }) => {
      if (status === 'created' || status === 'uploaded') {
        await say(`${url}/api/jobs/${jobId}/cancel`, 'POST', {}, as(ownerId));
      }
      if (status === 'queued' || status === 'running') {
        for (let idx = 0; idx < items; idx++) await result(url, jobId, idx);
      }
      const after = await say(`${url}/api/jobs/${jobId}`, 'GET', undefined, as(ownerId));
      const final = String(after?.data['status']);
      ended[final] = (ended[final] ?? 0) + 1;
      const history = await say(`${url}/api/jobs/${jobId}/history`, 'GET', undefined, as(ownerId));
      if (history?.status !== 200) throw new Error(`job ${jobId} is ${final} and has no history`);
    });
    cursor = page.data['nextCursor'] as string | null;
  } while (cursor !== null);
  return ended;
}

async function checkAccounts(url: string): Promise<void> {
  for (let index = 0; index < users; index++) {
    const userId = `crash-${index}`;
    const me = (await say(`${url}/api/user/me`, 'GET', undefined, as(userId)))?.data ?? {};
    const { credits, reserved, spent, granted, activeJobs } = me as Record<string, number>;
    const sums: Record<string, number> = { granted: 0, available: 0, reserved: 0, spent: 0 };
    for (let after = 0; ; ) {
      const path = `/api/accounts/${userId}/ledger?after=${after}&limit=200`;
      const page = await say(url + path, 'GET', undefined, as('admin'));
      const entries = page?.data['entries'] as { sequence: number; debit: string; credit: string; amount: number }[];
      for (const { debit, credit, amount } of entries) {
        sums[debit] = (sums[debit] ?? 0) - amount;
        sums[credit] = (sums[credit] ?? 0) + amount;
      }
      const last = entries.at(-1);
      if (last === undefined) break;
      after = last.sequence;
    }
    const total = Object.values(sums).reduce((sum, one) => sum + one, 0);
    const { available, spent: paid, granted: given } = sums;
    const right = total === 0 && available === credits && paid === spent && given === -(granted ?? 0);
    if (!right || reserved !== 0 || activeJobs !== 0) {
      throw new Error(`${userId} is not settled: ${JSON.stringify(me)}, ledger ${JSON.stringify(sums)}`);
    }
  }
}
