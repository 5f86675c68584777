import { connect } from 'node:net';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openTarget, type Target } from '../target.ts';
import { newUser, type User } from '../user.ts';
import { newType, newWorker, show, started, submit, type Lease } from './tasks.ts';

/** What is said of one task is stored in the order in which it was said. */

let target: Target;
beforeAll(async () => {
  target = await openTarget();
});
afterAll(() => target.close());

const log = ({ leaseId }: Lease, message: string): object => ({
  leaseId, type: 'log', lines: [{ at: '2026-11-22T09:30:00.000Z', level: 'info', message }],
});

async function logged(user: User, id: string): Promise<readonly string[]> {
  const { lines } = (await user.get(`/api/v1/jobs/${id}/logs?limit=1000`)).body.data;
  return lines.map(({ message }: { message: string }) => message);
}

const numbers = (count: number): string[] => Array.from({ length: count }, (_, index) => String(index));

test('reports of one request about several tasks are stored in their order', async () => {
  const user = newUser(target);
  const worker = newWorker(target);
  const type = newType();
  const tasks = await Promise.all([1, 2, 3].map(() => submit(user, { type })));
  const leases = await worker.take(type, 3);
  const reports = numbers(200).flatMap((message) => leases.map((lease) => log(lease, message)));
  const ends = leases.map(({ leaseId }) => ({ leaseId, type: 'complete' }));
  // A line that comes after the end of its request is of a lease that is still live when the request comes.
  await worker.report(...reports, ...ends, ...leases.map((lease) => log(lease, 'last')));
  for (const { id } of tasks) {
    expect(await logged(user, id)).toEqual([...numbers(200), 'last']);
    expect(await show(user, id)).toMatchObject({ status: 'completed' });
  }
});

/** Requests that are all sent at once, one behind the other over one connection (pipelining); their answers' text. */
async function pipelined(requests: readonly string[]): Promise<string> {
  const { hostname, port } = new URL(target.workerUrl);
  const socket = connect(Number(port), hostname);
  socket.write(requests.join(''));
  let text = '';
  for await (const chunk of socket) {
    text += chunk;
    if (text.split('"outcomes":[').length > requests.length || text.includes('"success":false')) break;
  }
  return text;
}

test('reports of requests that are under way at the same time are stored in the order of the requests', async () => {
  const user = newUser(target);
  const lease = await started(user, newWorker(target));
  const request = (report: object): string => {
    const body = JSON.stringify({ workerId: 'w', reports: [report] });
    const head = `host: localhost\r\nauthorization: Bearer ops\r\ncontent-type: application/json`;
    return `POST /api/v1/workers/report HTTP/1.1\r\n${head}\r\ncontent-length: ${body.length}\r\n\r\n${body}`;
  };
  const said = [...numbers(100).map((message) => log(lease, message)), { leaseId: lease.leaseId, type: 'complete' }];
  const answers = await pipelined(said.map(request));
  expect(answers.split('"ok":true')).toHaveLength(102);
  expect(await logged(user, lease.id)).toEqual(numbers(100));
  expect(await show(user, lease.id)).toMatchObject({ status: 'completed' });
});
