import { existsSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it, onTestFinished, vi } from 'vitest';
import { makeFolder } from '../cli/program.ts';
import { startServeIn } from './started.ts';

const preloaded = new URL('../../bench/loop-delay.mjs', import.meta.url).href;

/**
 * Milliseconds of processor time in one turn of the loop. What is done at most takes some 50; all at once it is several
 * hundred. Between them is room for a slow machine that does other work.
 */
const most = 250;

/** How long large tasks keep a server from everything else. `env` names the store. */
export function standstillRules(env: () => Promise<Record<string, string>>): void {
  it('lists and bulk requests over large tasks let others between', { timeout: 120_000 }, async () => {
    const folder = makeFolder();
    const file = join(folder.path, 'loop-delay.json');
    const measured = { NODE_OPTIONS: `--import=${preloaded}`, LOOP_DELAY_FILE: file };
    const server = await startServeIn({ env: { ...(await env()), ...measured } }, '--log-level', 'error');
    onTestFinished(async () => {
      await server.stop();
      folder.remove();
    });
    const longestTurn = async (): Promise<number> => {
      rmSync(file, { force: true });
      server.process.kill('SIGUSR2');
      await vi.waitFor(() => expect(existsSync(file)).toBe(true), { timeout: 10_000, interval: 10 });
      return JSON.parse(readFileSync(file, 'utf8')).turnMs;
    };
    const rows = Array.from({ length: 3_200 }, (_, id) => ({ id, name: `row ${id}`, tags: ['a', 'b'], at: id / 3 }));
    await longestTurn();
    for (let count = 0; count < 48; count += 4) {
      await Promise.all(Array.from({ length: 4 }, () => server.submit('large', { data: { rows } })));
    }
    expect(await longestTurn()).toBeLessThan(most);
    const page = '/api/v1/jobs?limit=200&fields=data,errorLog,result';
    const pages = (await Promise.all(Array.from({ length: 16 }, () => server.request(page)))) as { jobs: unknown[] }[];
    expect(pages.every(({ jobs }) => jobs.length > 1)).toBe(true);
    expect(await longestTurn()).toBeLessThan(most);
    const body = { action: 'cancel', filter: { type: 'large' } };
    expect(await server.request('/api/v1/jobs/bulk', { method: 'POST', body })).toMatchObject({ succeeded: 48 });
    expect(await longestTurn()).toBeLessThan(most);
  });
}
