import { createServer } from 'node:net';
import type * as z from 'zod';
import type { productImageJobs } from '../../../kinds/product-image/contract/product-image-job.ts';
import { createClient } from '../../client/index.ts';
import { inUrl } from '../../config/loopback.ts';
import { fail, ok, reasonOf, warn, type Finding } from './finding.ts';

const timeoutMs = 5_000;
/** Presigned URLs and tokens live by the clock. */
const badSkewMs = 60_000;
const skewMs = 5_000;

/** Whether a server could listen there; or one of ours does already. */
export async function checkPort(host: string, port: number): Promise<Finding> {
  const where = `${host}:${port}`;
  if (port === 0) return ok('port', 'any free one');
  const code = await tryToListen(host, port);
  if (code === null) return ok('port', `${where} is free`);
  if (code === 'EADDRINUSE') {
    const version = await versionAt(`http://${inUrl(host)}:${port}`);
    if (version !== null) return ok('port', `Waybill ${version} listens on ${where}`);
    return fail('port', `another program listens on ${where}`, 'Stop it, or use another port: --port.');
  }
  const advice =
    code === 'EACCES' ? 'Use a port from 1024 on, or give this user the right.' : 'Is it an address of this machine?';
  return fail('port', `cannot listen on ${where}: ${code}`, advice);
}

function tryToListen(host: string, port: number): Promise<string | null> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message));
    server.listen(port, host, () => server.close(() => resolve(null)));
  });
}

async function versionAt(server: string): Promise<string | null> {
  const answer = await createClient({ server, retries: 0, timeoutMs })
    .call('health')
    .catch(() => null);
  return answer?.ok === true ? answer.data.version : null;
}

/** The server that the commands would talk to: there, healthy, on time, and the token good. */
export async function checkServer(server: string, token: string | null, ownVersion: string): Promise<Finding[]> {
  let date: string | null = null;
  const watched: typeof fetch = async (input, init) => {
    const response = await fetch(input, init);
    date = response.headers.get('date');
    return response;
  };
  const client = createClient({ server, retries: 0, timeoutMs, fetch: watched, ...(token === null ? {} : { token }) });
  const askedAt = Date.now();
  const health = await client.call('health');
  const answeredAt = Date.now();
  if (!health.ok) {
    return [fail('server', reasonOf(health.error), 'Is it running, and is --server right? Its log says more.')];
  }
  const { version, parts } = health.data;
  const names = Object.entries(parts).map(([part, { name }]) => `${part} ${name ?? ''}`.trim());
  const findings = [ok('server', `${server} is healthy: Waybill ${version}, ${names.join(', ')}`)];
  if (version !== ownVersion) {
    findings.push(
      warn('server', `it is ${version}, this program ${ownVersion}`, 'Use the same version on both sides.'),
    );
  }
  findings.push(checkClock(date, (askedAt + answeredAt) / 2));
  if (token === null) return findings;
  const me = await client.call('me');
  if (me.ok) {
    const good = ok('token', `good: user ${me.data.userId}, plan ${me.data.plan}`);
    return [...findings, good, ...(await checkTypes(client)), ...(await checkSpending(client))];
  }
  return [...findings, fail('token', reasonOf(me.error), 'Make a new one, or log in again: waybill login.')];
}

/** Whether there are workers for what waits: as far as the token may see it. */
async function checkTypes(client: ReturnType<typeof createClient>): Promise<Finding[]> {
  const stats = await client.call('taskStats');
  if (!stats.ok) return [];
  const { unasked } = stats.data;
  if (unasked.length === 0) return [ok('workers', 'every type of which tasks are waiting is asked for')];
  return unasked.slice(0, 20).map(({ type, waiting }) =>
    warn('workers', `no worker asks for ${type}, of which ${waiting} are waiting`,
      'Start a worker with a handler for it, or cancel them.'));
}

/** Whether product images wait because what may be spent today is spent: as far as the token may see it. */
async function checkSpending(client: ReturnType<typeof createClient>): Promise<Finding[]> {
  const stats = await client.call('jobStats');
  const { spending } = (stats.ok ? stats.data : {}) as z.output<typeof productImageJobs.figures>;
  if (spending === undefined) return [];
  const { todayUsd, dailyLimitUsd, pausedUntil } = spending;
  const spent = `product images have cost ${todayUsd} USD today, of ${dailyLimitUsd ?? 'any number of'} USD`;
  if (pausedUntil === null) return [ok('spending', spent)];
  return [warn('spending', `${spent}: those that cost more wait until ${pausedUntil}`,
    'Let them wait, or raise AI_DAILY_SOFT_LIMIT_USD.')];
}

/** The Date header has whole seconds, so that half a second of the difference is nobody's. */
export function checkClock(date: string | null, nowMs: number): Finding {
  const theirs = date === null ? Number.NaN : Date.parse(date);
  if (Number.isNaN(theirs)) return warn('clock', 'the server does not say its time', 'Compare the clocks yourself.');
  const differenceMs = Math.round(theirs + 500 - nowMs);
  const direction = differenceMs > 0 ? 'behind' : 'ahead of';
  const seconds = `${(Math.abs(differenceMs) / 1000).toFixed(1)} s ${direction} the server`;
  const advice = 'Set the clock by NTP on both machines: signed URLs and tokens live by it.';
  if (Math.abs(differenceMs) > badSkewMs) return fail('clock', `this machine is ${seconds}`, advice);
  if (Math.abs(differenceMs) > skewMs) return warn('clock', `this machine is ${seconds}`, advice);
  return ok('clock', "the same as the server's");
}
