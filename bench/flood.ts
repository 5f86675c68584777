/**
 * A job that writes lines at a steady rate, three followers that read them and one that does not; then its log is
 * read: `node bench/flood.ts [SECONDS] [LINES_PER_SECOND] [--docker] [--embedded]`, 30 and 100,000 unless said.
 * `--docker`: the job runs in a container; `--embedded`: on a PostgreSQL server with its usual, durable settings.
 */
import { loadavg } from 'node:os';
import { parseArgs } from 'node:util';
import { workerImage } from '../test/command/docker/worker-image.ts';
import { flood } from '../test/command/flood/flood.ts';
import { readWhole } from '../test/command/flood/reading.ts';
import { startFloodServer } from '../test/command/flood/server.ts';
import { startEmbedded } from '../test/postgres/embedded.ts';
import { findDockerEngine } from '../test/providers/docker-engine.ts';

const { values: { docker: inContainer, embedded: onPostgres }, positionals } = parseArgs({
  allowPositionals: true,
  options: { docker: { type: 'boolean', default: false }, embedded: { type: 'boolean', default: false } },
});
const [seconds = 30, linesPerSecond = 100_000] = positionals.map(Number);
const { docker, host, missing } = await findDockerEngine();
if (inContainer && missing !== null) throw new Error(missing);
const postgres = onPostgres ? await startEmbedded() : null;
const started = await startFloodServer({
  ...(postgres && { databaseUrl: postgres.url }),
  ...(inContainer && { docker: { host, image: await workerImage(docker, host) } }),
});
try {
  const { id, lines, toFile, asJob, endedAfterMs, followers, sealedProblem, server, agent } =
    await flood(started, { seconds, linesPerSecond });
  const mebibytes = (bytes: number): string => `${Math.round(bytes / 1_048_576)} MiB`;
  const perLine = (ms: number): string => `${((1_000 * ms) / lines).toFixed(2)} µs a line`;
  const both = (name: keyof typeof toFile): string => `${Math.round(toFile[name])} and ${Math.round(asJob[name])} ms`;
  console.log(`load of one minute ${loadavg()[0]?.toFixed(1)}`);
  console.log(`written at ${Math.round((100 * toFile.ms) / asJob.ms)} % of the speed to a file (${both('ms')}); ` +
    `the longest write took ${both('longestWriteMs')}; the end was known ${endedAfterMs} ms after it`);
  for (const follower of followers) console.log(JSON.stringify(follower));
  console.log(`sealed log: ${sealedProblem ?? 'every line, in order'}`);
  for (const [name, { grownBytes, mostBytes, processorMs }] of Object.entries({ server, agent })) {
    console.log(`${name}: grew by ${mebibytes(grownBytes)} to ${mebibytes(mostBytes)}, ${perLine(processorMs)}`);
  }
  console.log(`the server's loop was busy for ${Math.round(server.longestTurnMs)} ms at most`);
  const { problem, ways } = await readWhole(started, id, lines + 1);
  console.log(problem ?? 'read whole');
  for (const { name, ms, longestTurnMs, processorMs, grownBytes } of ways) {
    console.log(`${name}: ${Math.round(ms)} ms, ${Math.round(processorMs)} ms of processor time, busy for ` +
      `${Math.round(longestTurnMs)} ms at most, grew by ${mebibytes(grownBytes)}`);
  }
} finally {
  await started.close();
  await postgres?.remove();
}
