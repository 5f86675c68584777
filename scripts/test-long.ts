/**
 * The long forms of what `npm test` runs bounded: a server killed 100 times under load, two servers with three workers
 * on one PostgreSQL that are killed, frozen and restarted 100 times, the same for servers and agents that run
 * commands, every saga of the simulation on PostgreSQL with a crash, and with a cancel, at each await, 1,000
 * simulations of command jobs and of product images, with a crash at each await, a command of two minutes whose server
 * is restarted three times, workers that end without their server, or are forgotten after their time, a command that
 * writes 100,000 lines a second for 30 s, a server killed 50 times in the steps of product images, on SQLite and on
 * PostgreSQL, their time limit, 1,000 of their webhooks five times each at once, and, where a Docker Engine answers,
 * 200 jobs in containers, while their server is killed ten times and containers are killed at random, and
 * `examples/commands/conversations.sh` in containers; 2,000 malformed requests at every route; and, where Chromium is,
 * live pages of the console that are open for an hour while 50 jobs change a second.
 *
 *   npm run test:long [-- --rounds=N] [-- --seed=N]
 *     [-- --only=kills|chaos|agents|sagas|commands|restarts|workers|flood|images|docker|conversations|fuzz|console]
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { createSeededRandom } from '../src/testing/seeded-random.ts';
import { commandChaos } from '../test/chaos/commands.ts';
import { chaos } from '../test/chaos/rounds.ts';
import { dockerKillRounds } from '../test/command/docker/kill-rounds.ts';
import { killRounds } from '../test/crash/kill-rounds.ts';
import { noBrowser } from '../test/console/browser.ts';
import { growthProblem, soak } from '../test/console/soak.ts';
import { findDockerEngine } from '../test/providers/docker-engine.ts';
import { runVitest } from './test-run/vitest.ts';

const root = fileURLToPath(new URL('..', import.meta.url));
const { values } = parseArgs({
  options: { rounds: { type: 'string', default: '100' }, seed: { type: 'string' }, only: { type: 'string' } },
});
const rounds = Number(values.rounds);
if (!Number.isInteger(rounds) || rounds < 1) throw new RangeError('--rounds is a whole number, at least 1');
const parts = [
  'kills', 'chaos', 'agents', 'sagas', 'commands', 'restarts', 'workers', 'flood', 'images', 'docker',
  'conversations', 'fuzz', 'console',
];
if (values.only !== undefined && !parts.includes(values.only)) throw new RangeError(`--only is ${parts.join(', ')}`);
const isAsked = (part: string): boolean => values.only === undefined || values.only === part;
const seed = values.seed === undefined ? Date.now() % 2 ** 32 : Number(values.seed);
const say = (text: string): void => void process.stderr.write(`${text}\n`);

if (isAsked('kills')) await inFolder(kills);
if (isAsked('chaos')) await inFolder(blows);
if (isAsked('agents')) await inFolder(agentBlows);
if (isAsked('sagas')) await longTest('test/postgres/sagas.test.ts', 'a saga came out wrong on PostgreSQL');
if (isAsked('commands')) await longTest('test/simulation/commands.test.ts', 'a command job came out wrong');
if (isAsked('restarts')) await longTest('test/command/conversations-recovery.test.ts', 'a command lost lines');
if (isAsked('workers')) await longTest('test/command/worker-ends.test.ts', 'a worker was not ended or not forgotten');
if (isAsked('flood')) await longTest('test/command/flood.test.ts', 'a flood of log lines came out wrong');
if (isAsked('images')) {
  await longTest('test/simulation/product-images.test.ts', 'a simulated product image came out wrong');
  await longTest('test/product-image/pipeline/killed.test.ts', 'a product image came out wrong');
  await longTest('test/postgres/product-images-killed.test.ts', 'a product image came out wrong on PostgreSQL');
  await longTest('test/product-image/pipeline/pipeline.test.ts', 'the pipeline went wrong');
  await longTest('test/product-image/lists.test.ts', 'a flood of webhooks came out wrong');
}
if (isAsked('docker')) await containers();
if (isAsked('conversations')) {
  await longTest('test/command/conversations-docker.test.ts', 'commands in containers went wrong');
}
if (isAsked('fuzz')) await longTest('test/rest/fuzz.test.ts', 'a malformed request was answered wrong');
if (isAsked('console')) await inFolder(livePages);

async function kills(folder: string): Promise<void> {
  const random = createSeededRandom(seed);
  const report = await killRounds({
    folder,
    rounds,
    maxRoundMs: 1_500,
    random: () => random.next(),
    onRound: (round, acknowledged) => say(`killed ${round} of ${rounds} times, ${acknowledged} answers acknowledged`),
  });
  console.log(`${report.rounds} kills, ${report.acknowledged} acknowledged, ${report.jobs} jobs known, seed ${seed}`);
  console.log(`nothing was lost; ended as ${JSON.stringify(report.ended)}; every ledger sums to zero`);
}

async function blows(folder: string): Promise<void> {
  const random = createSeededRandom(seed);
  const report = await chaos({
    folder, blows: rounds, leaseMs: 10_000, pauseMs: 50, random: () => random.next(), onBlow: say,
  });
  console.log(`${JSON.stringify(report.blows)}, seed ${seed}`);
  const seconds = (ms: number): string => `${(ms / 1000).toFixed(1)} s`;
  console.log(
    `${report.completed} tasks acknowledged and completed once each, in ${report.attempts} attempts; ` +
      `no limit exceeded; a lost attempt was noticed within ${seconds(report.longestLossMs)} of its start, and tasks ` +
      `that no limit holds up were begun again within ${seconds(report.longestWaitMs)} of that`,
  );
}

async function agentBlows(folder: string): Promise<void> {
  const random = createSeededRandom(seed);
  const report = await commandChaos({
    folder, blows: rounds, freezes: true, random: () => random.next(), onBlow: say,
  });
  console.log(`${JSON.stringify(report.blows)}, seed ${seed}`);
  console.log(`${report.succeeded} commands acknowledged and done, in ${report.attempts} attempts, none beside itself`);
}

async function longTest(file: string, ifNot: string): Promise<void> {
  process.env.WAYBILL_TEST_LONG = '1';
  if (values.seed !== undefined) process.env.WAYBILL_TEST_SEED = values.seed;
  const { failed = 0, passed = 0 } = await runVitest(root, [file]);
  if (failed > 0 || passed === 0) throw new Error(ifNot);
}

async function containers(): Promise<void> {
  const { docker, host, missing } = await findDockerEngine();
  if (missing !== null) {
    if (values.only === 'docker') throw new Error(missing);
    return say(`no jobs in containers: ${missing}`);
  }
  const random = createSeededRandom(seed);
  const report = await dockerKillRounds({
    docker, host, jobs: 200, places: 8, serverKills: 10, containerKills: 40, random: () => random.next(), onBlow: say,
  });
  console.log(`${JSON.stringify(report)}, seed ${seed}`);
}

async function livePages(folder: string): Promise<void> {
  if (noBrowser !== null) {
    if (values.only === 'console') throw new Error(noBrowser);
    return say(`no live pages: ${noBrowser}`);
  }
  const levels = await soak({
    folder, minutes: 60, changesPerSecond: 50, onLevel: (level) => say(JSON.stringify(level)),
  });
  const problem = growthProblem(levels);
  if (problem !== null) throw new Error(problem);
  console.log(`pages and server hold as much after ${levels.at(-1)!.changes} changes as at the beginning`);
}

async function inFolder(work: (folder: string) => Promise<void>): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'waybill-long-'));
  try {
    await work(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
