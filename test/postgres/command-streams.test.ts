import { expect, onTestFinished, test } from 'vitest';
import { JobState } from '../../src/contract/proto/generated/waybill/v1/job_pb.ts';
import { LogStreamService } from '../../src/contract/proto/generated/waybill/v1/log_stream_service_pb.ts';
import { cancelJob, openCommandServer, queue, statesOf, until } from '../command/grpc/started.ts';
import { newDatabase } from './database.ts';

const { streamLogs } = LogStreamService.method;

test('a job is watched, its log followed, and canceled at any server, whichever runs it', async () => {
  const { url: DATABASE_URL } = await newDatabase();
  const first = await openCommandServer({ DATABASE_URL });
  onTestFinished(() => first.close());
  const second = await openCommandServer({ DATABASE_URL, WAYBILL_DATA: first.folder });
  onTestFinished(() => second.close());
  const [here, there] = [first.rpc('ada'), second.rpc('ada')];
  const id = await queue(here, 'echo one; sleep 0.3; echo two');
  const lines: string[] = [];
  const followed = (async () => {
    for await (const { entries } of there.stream(streamLogs, { jobId: id, follow: true })) {
      lines.push(...entries.map(({ line }) => line));
    }
  })();
  const [states, others] = await Promise.all([statesOf(there, id), statesOf(here, id)]);
  await followed;
  expect(states.slice(-2)).toEqual([JobState.RUNNING, JobState.SUCCEEDED]);
  expect(others.slice(-2)).toEqual([JobState.RUNNING, JobState.SUCCEEDED]);
  expect(lines).toEqual(['one', 'two']);
  const running = await queue(here, 'sleep 60');
  await until(there, running, JobState.RUNNING);
  await there.unary(cancelJob, { jobId: { value: running }, reason: 'Enough.' });
  expect((await statesOf(here, running)).at(-1)).toBe(JobState.CANCELLED);
});
