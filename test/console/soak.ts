import { readdirSync, readFileSync } from 'node:fs';
import { chromium } from 'playwright-core';
import { createClient } from '../../src/main/client/index.ts';
import { start } from '../cli/program.ts';
import { browserArgs, browserFile, noBrowser } from './browser.ts';

/** What a page or the server holds after a collection of garbage. */
export interface Level {
  readonly minutes: number;
  readonly changes: number;
  /** Of the live pages, in order. Bytes and counts. */
  readonly pages: readonly { readonly heap: number; readonly nodes: number; readonly listeners: number }[];
  readonly server: { readonly resident: number; readonly files: number };
}

/** The pages whose lists and figures change all the time. */
const paths = ['/', '/jobs'];

/**
 * A server whose jobs change so often while live pages are open, for so long: tasks are submitted and canceled. Levels
 * are read once a minute.
 */
export async function soak({ folder, minutes, changesPerSecond, onLevel }: {
  readonly folder: string;
  readonly minutes: number;
  readonly changesPerSecond: number;
  readonly onLevel?: (level: Level) => void;
}): Promise<readonly Level[]> {
  if (browserFile === undefined) throw new Error(noBrowser ?? '');
  const server = start(['serve', '--dev', '--port', '0', '--data', folder], { env: { GRPC_PORT: '0' } });
  const [, url] = await server.says(/Waybill listens on (\S+)/);
  const browser = await chromium.launch({ executablePath: browserFile, args: browserArgs });
  try {
    const pages = await Promise.all(paths.map(async (path) => {
      const page = await (await openWindow(browser, url!)).newPage();
      await page.goto(url + path);
      await page.getByRole('navigation', { name: 'Pages' }).waitFor();
      return { page, session: await page.context().newCDPSession(page) };
    }));
    const client = createClient({ server: url!, token: 'mira' });
    const began = performance.now();
    const levels: Level[] = [];
    let changes = 0;
    const open: string[] = [];
    for (let due = 0; due < minutes * 60_000; due += 1_000 / changesPerSecond) {
      const wait = due - (performance.now() - began);
      if (wait > 0) await new Promise((resolve) => setTimeout(resolve, wait));
      if (open.length > 20) await client.cancelJob({ params: { id: open.shift()! } });
      else open.push((await client.submitTask({ body: { type: 'soak', data: { at: changes } } })).id);
      changes += 1;
      if (due < (levels.length + 1) * 60_000) continue;
      const level = {
        minutes: levels.length + 1, changes, server: levelOf(server.process.pid!),
        pages: await Promise.all(pages.map(async ({ session }) => {
          await session.send('HeapProfiler.collectGarbage');
          const { usedSize } = await session.send('Runtime.getHeapUsage');
          const { nodes, jsEventListeners } = await session.send('Memory.getDOMCounters');
          return { heap: usedSize, nodes, listeners: jsEventListeners };
        })),
      };
      levels.push(level);
      onLevel?.(level);
    }
    return levels;
  } finally {
    await browser.close();
    server.process.kill('SIGTERM');
    await server.ended;
  }
}

/** One for each page: tabs of one window are hidden but for one, and a hidden page is not live. */
async function openWindow(browser: Awaited<ReturnType<typeof chromium.launch>>, url: string) {
  const context = await browser.newContext({ viewport: { width: 1_280, height: 860 } });
  await context.addCookies([{ name: 'waybill_session', value: 'mira', url }]);
  return context;
}

function levelOf(pid: number): Level['server'] {
  const [, kib] = /VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))!;
  return { resident: Number(kib) * 1_024, files: readdirSync(`/proc/${pid}/fd`).length };
}

/** Why what is held is not flat, or null: between the levels of a tenth of the way and the end. */
export function growthProblem(levels: readonly Level[]): string | null {
  const first = levels[Math.floor(levels.length / 10)]!;
  const last = levels.at(-1)!;
  const problems = last.pages.flatMap((page, at) => {
    const before = first.pages[at]!;
    return [
      page.heap > before.heap * 1.3 + 2e6 && `page ${paths[at]} holds ${page.heap} bytes, and ${before.heap} before`,
      page.nodes > before.nodes * 1.3 + 500 && `page ${paths[at]} has ${page.nodes} nodes, and ${before.nodes} before`,
      page.listeners > before.listeners * 1.3 + 50 && `page ${paths[at]} has ${page.listeners} listeners`,
    ];
  });
  if (last.server.files > first.server.files + 10) problems.push(`the server has ${last.server.files} files open`);
  return problems.find((problem) => typeof problem === 'string') || null;
}
