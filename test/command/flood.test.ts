import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { eventually } from './docker/eventually.ts';
import { flood } from './flood/flood.ts';
import { follow } from './flood/follower.ts';
import { agentOf } from './flood/processes.ts';
import { readWhole } from './flood/reading.ts';
import { startFloodServer, type FloodServer } from './flood/server.ts';

const isLong = process.env['WAYBILL_TEST_LONG'] === '1';
const seconds = isLong ? 30 : 2;
const linesPerSecond = 100_000;
/** Mebibytes; what they are is in bench/README.md. */
const mostGrown = 100;
/** Milliseconds of processor time; a machine that does other work makes of 20 more than 50. */
const longestTurn = 150;

let server: FloodServer;
beforeAll(async () => void (server = await startFloodServer()), 60_000);
afterAll(() => server.close());

describe('a command job that writes 100,000 lines a second', () => {
  it('misses no line in any fast follower or in the sealed log, and is not held up', async () => {
    const report = await flood(server, { seconds, linesPerSecond });
    expect(report.sealedProblem).toBeNull();
    const whole = { lines: report.lines + 1, dropped: 0, problem: null };
    expect(report.followers).toEqual([whole, whole, whole]);
    expect(report.server.grownBytes / 1_048_576).toBeLessThan(mostGrown);
    // Other tests share the cores of a short run, at one time more than at another.
    if (!isLong) return;
    expect(report.asJob.ms).toBeLessThan(report.toFile.ms / 0.8);
    const read = await readWhole(server, report.id, report.lines + 1);
    expect(read.problem).toBeNull();
    for (const { name, longestTurnMs } of read.ways) expect([name, longestTurnMs < longestTurn]).toEqual([name, true]);
  }, isLong ? 900_000 : 120_000);
});

describe('a command job whose agent is killed while it writes', () => {
  it('keeps all of its log that was ever shown', async () => {
    const id = await server.write(1_000_000, 20_000);
    const following = follow(server.url, server.token, id);
    const page = async () => server.client.jobLogs({ params: { id }, query: { tail: 1 } });
    const { lastLine: shown } = await eventually(page, ({ lastLine }) => lastLine > 10_000);
    process.kill(agentOf((await server.job(id)).assignment!.workerId)!, 'SIGKILL');
    const heard = await following;
    expect(await server.job(id)).toMatchObject({ state: 'FAILED', failure: { reason: 'INFRASTRUCTURE_ERROR' } });
    expect(heard).toMatchObject({ dropped: 0, problem: null });
    expect(heard.lines).toBeGreaterThanOrEqual(shown);
    const { lines, lastLine } = await page();
    expect([lastLine, lines[0]?.text]).toEqual([heard.lines, expect.stringContaining(`line ${heard.lines} `)]);
  }, 60_000);
});
