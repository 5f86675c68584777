import { byCallers, must, type BenchPlatform } from './platform.ts';

/** Tasks added a second, by 64 callers that each wait for every answer. */
export async function addSingly({ platform, context }: BenchPlatform, count: number): Promise<number> {
  const { tasks } = platform.kinds.task;
  const seconds = await byCallers(64, count, async () =>
    must(await tasks.submit(context, { type: 'noop', data: { row: 1 } })),
  );
  return count / seconds;
}

/** Tasks added a second, 100 a request, by 8 callers. */
export async function addInBatches({ platform, context }: BenchPlatform, count: number): Promise<number> {
  const { tasks } = platform.kinds.task;
  const batch = Array.from({ length: 100 }, () => ({ type: 'noop', data: { row: 1 } }));
  const seconds = await byCallers(8, count / 100, async () =>
    (await tasks.submitAll(context, batch)).forEach((one) => must(one)),
  );
  return count / seconds;
}
