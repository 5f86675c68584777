/**
 * Many jobs at once on a Docker Engine, while their server is killed and containers are: nothing is lost, nothing runs
 * twice at the same time, and nothing is left over.
 */
import { setTimeout as pause } from 'node:timers/promises';
import type Docker from 'dockerode';
import { Census } from './census.ts';
import { freePorts, ServerProgram, type CommandJob, type JobUser } from './job-server.ts';
import { workerImage } from './worker-image.ts';

export interface DockerKillReport {
  readonly jobs: number;
  readonly serversKilled: number;
  readonly containersKilled: number;
  /** Executions of all jobs. */
  readonly executions: number;
  /** Containers at once. */
  readonly most: number;
  /** From the end of the last job until its container was gone. */
  readonly leftForMs: number;
}

interface Options {
  readonly docker: Docker;
  readonly host: string;
  readonly jobs: number;
  readonly places: number;
  readonly serverKills: number;
  readonly containerKills: number;
  readonly random: () => number;
  readonly onBlow?: (text: string) => void;
}

const command = 'echo "begin $WAYBILL_JOB_ATTEMPT $(cut -d" " -f1 /proc/uptime)"; sleep 1; ' +
  'echo "end $WAYBILL_JOB_ATTEMPT $(cut -d" " -f1 /proc/uptime)"';
const endWithinMs = 15 * 60_000;

/** @throws {Error} that says what was lost, ran twice at once, or was left over */
export async function dockerKillRounds(options: Options): Promise<DockerKillReport> {
  const { docker, host, jobs, places, serverKills, onBlow } = options;
  const image = await workerImage(docker, host);
  const program = new ServerProgram({ docker, host, image, ports: await freePorts() });
  try {
    await program.start();
    const { user } = program;
    const made = await user.client.registerProvider({
      body: { name: 'rounds', type: 'docker', config: {}, maxWorkers: places },
    });
    const census = await Census.start(docker, made.id);
    const retry = { maxAttempts: 100, backoff: { firstMs: 100, maxMs: 1_000 } };
    const submission = { requirements: { provider: 'rounds' }, retry };
    const ids = await Promise.all(Array.from({ length: jobs }, () => user.submit(command, submission)));
    let containersKilled = 0;
    for (let blow = 0; blow < serverKills; blow += 1) {
      containersKilled += await killSome(options, user, made.id, Math.ceil(options.containerKills / serverKills));
      await pause(options.random() * 3_000);
      await program.end('SIGKILL');
      onBlow?.(`server killed ${blow + 1} of ${serverKills} times, ${containersKilled} containers killed`);
      await program.start();
    }
    const ended = await allEnded(user, ids, onBlow);
    const over = performance.now();
    await user.untilNoContainers(made.id);
    const leftForMs = performance.now() - over;
    census.stop();
    if (census.most > places) throw new Error(`there were ${census.most} containers at once in ${places} places`);
    for (const job of ended) await judge(user, job);
    const executions = ended.reduce((sum, job) => sum + job.executions.length, 0);
    return { jobs, serversKilled: serverKills, containersKilled, executions, most: census.most, leftForMs };
  } finally {
    await program.close();
  }
}

async function killSome(
  { docker, random }: Options,
  user: JobUser,
  providerId: string,
  count: number,
): Promise<number> {
  let killed = 0;
  for (let n = 0; n < count; n += 1) {
    await pause(random() * 1_000);
    const names = await user.containers(providerId);
    const name = names[Math.floor(random() * names.length)]?.slice(1);
    if (name === undefined) continue;
    // It may have ended meanwhile.
    killed += await docker.getContainer(name).kill().then(() => 1, () => 0);
  }
  return killed;
}

async function allEnded(
  user: JobUser,
  ids: readonly string[],
  onBlow: Options['onBlow'],
): Promise<readonly CommandJob[]> {
  const deadline = performance.now() + endWithinMs;
  for (;;) {
    const all = await Promise.all(ids.map((id) => user.job(id)));
    const open = all.filter(({ endedAt }) => endedAt === null);
    if (open.length === 0) return all;
    if (performance.now() > deadline) {
      throw new Error(`${open.length} jobs do not end: ${JSON.stringify(open.slice(0, 3))}`);
    }
    onBlow?.(`${open.length} jobs to go`);
    await pause(5_000);
  }
}

/** It succeeded, its last attempt wrote all of its lines, and no attempt began before the one before it was over. */
async function judge(user: JobUser, { id, state, attempt }: CommandJob): Promise<void> {
  if (state !== 'SUCCEEDED') throw new Error(`job ${id} is ${state}`);
  const log = await user.log(id);
  const said = log.map((line) => /^(begin|end) (\d+) ([\d.]+)$/.exec(line)?.slice(1) ?? [line]);
  const last = said.filter(([, number]) => Number(number) === attempt).map(([word]) => word);
  if (last.join() !== 'begin,end') throw new Error(`the last attempt of job ${id} said ${JSON.stringify(log)}`);
  const times = said.map(([, , time]) => Number(time));
  if (times.some((time, index) => time < (times[index - 1] ?? 0))) {
    throw new Error(`attempts of job ${id} overlap: ${JSON.stringify(log)}`);
  }
  const events = await user.events(id);
  if (events.filter((event) => event === 'JobStatusChanged SUCCEEDED').length !== 1) {
    throw new Error(`job ${id} did not succeed once: ${JSON.stringify(events)}`);
  }
}
