/**
 * 100 users with 20 jobs each, all at once, through the Worker in the local runtime: three of a user's jobs run at
 * a time, the others are refused (429) and tried again. In the end no credit and no job may be missing, and no
 * reservation left.
 *
 *   node bench/edge/crowd.ts [users] [jobs of each]
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startLocalEdge } from '../../scripts/edge/local.ts';
import { bearer, LoadedServer, wholeFlow } from './flow.ts';

const [userCount = 100, jobCount = 20] = process.argv.slice(2).map(Number);
const credits = jobCount * 3;
const folder = mkdtempSync(join(tmpdir(), 'waybill-crowd-'));
const onLine = (line: string): void => console.error(line);
const edge = await startLocalEdge({ port: 0, folder, vars: { LOG_LEVEL: 'error' }, onLine });
const server = new LoadedServer(edge.url, 256);
try {
  const users = Array.from({ length: userCount }, (_, index) => `crowd-${index}`);
  for (const user of users) await server.open(user, credits - 10);
  let refused = 0;
  const job = async (user: string, number: number): Promise<string> => {
    for (;;) {
      const jobId = await wholeFlow(server, user, number % 4 === 3);
      if (jobId !== null) return jobId;
      refused += 1;
      await new Promise((resolve) => setTimeout(resolve, 100 + Math.random() * 400));
    }
  };
  const began = performance.now();
  const ids = await Promise.all(
    users.flatMap((user) => Array.from({ length: jobCount }, (_, number) => job(user, number))),
  );
  const elapsed = (performance.now() - began) / 1000;
  const problems: string[] = [];
  if (new Set(ids).size !== userCount * jobCount) problems.push(`${new Set(ids).size} different jobs`);
  const delivered = (jobCount - Math.floor(jobCount / 4)) * 3;
  for (const user of users) {
    const { data } = await server.send('GET', '/api/user/me', bearer(user));
    const { credits: left, reserved, spent, granted, activeJobs } = data as Record<string, number>;
    const right = left === credits - delivered && reserved === 0 && spent === delivered && granted === credits;
    if (!right || activeJobs !== 0) problems.push(`${user}: ${JSON.stringify(data)}`);
    const list = await server.send('GET', '/api/jobs?limit=200', bearer(user));
    const ended = list.data.jobs.filter(({ endedAt }: { endedAt: string | null }) => endedAt !== null).length;
    if (ended !== jobCount) problems.push(`${user}: ${ended} of ${jobCount} jobs have ended`);
  }
  const written = await histories(ids);
  if (written !== ids.length) problems.push(`${written} of ${ids.length} histories are written`);
  console.log(
    `${userCount} users with ${jobCount} jobs each: ${ids.length} jobs in ${elapsed.toFixed(1)} s ` +
      `(${(ids.length / elapsed).toFixed(0)} jobs/s), ${refused} refused for want of a slot and tried again`,
  );
  const fine = 'no overdraft, no lost job, nothing reserved, every history written';
  console.log(problems.length === 0 ? fine : problems.join('\n'));
  if (problems.length > 0) process.exitCode = 1;
} finally {
  server.close();
  await edge.stop();
  rmSync(folder, { recursive: true, force: true });
}

/** How many are written, once they are or a minute is over. */
async function histories(ids: readonly string[]): Promise<number> {
  const until = Date.now() + 60_000;
  let missing = [...ids];
  while (missing.length > 0 && Date.now() < until) {
    const left: string[] = [];
    for (const jobId of missing) {
      const { status } = await server.send('GET', `/api/jobs/${jobId}/history`, bearer('admin'), undefined, [404]);
      if (status === 404) left.push(jobId);
    }
    missing = left;
  }
  return ids.length - missing.length;
}
