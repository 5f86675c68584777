/**
 * How soon the console shows something: the first paint and the first rows of Home and of the list of jobs, of a server
 * that has a million of them, in a browser that has nothing of it yet.
 *
 *   node bench/console.ts [jobs] [rounds]      1,000,000 and 15 unless said; needs Chromium and 1 GB of temporary files
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { chromium, type Browser } from 'playwright-core';
import { start } from '../test/cli/program.ts';
import { browserArgs, browserFile } from '../test/console/browser.ts';
import { histogram, machine } from './lifecycles/measure.ts';
import { fillWithJobs } from './many-jobs.ts';
import { openMeasuredStore } from './open-store.ts';

const total = Number(process.argv[2] ?? 1_000_000);
const rounds = Number(process.argv[3] ?? 15);
const pages = [
  { name: 'Home', path: '/', shown: '.home-figure' },
  { name: 'Jobs', path: '/jobs', shown: 'tbody tr' },
  { name: 'Jobs that failed', path: '/jobs?phase=failed', shown: 'tbody tr' },
];

const folder = mkdtempSync(join(tmpdir(), 'waybill-bench-'));
const store = await openMeasuredStore(folder);
await fillWithJobs(store, { total, users: 2_000 });
await store.close();
const server = start(['serve', '--dev', '--port', '0', '--data', folder], {
  env: { GRPC_PORT: '0', RETENTION_DAYS: '0', OBJECT_RETENTION_DAYS: '0' },
});
const browser = await chromium.launch({ executablePath: browserFile!, args: browserArgs });
try {
  const [, url] = await server.says(/Waybill listens on (\S+)/);
  // The first request builds the pages.
  await (await fetch(url!)).text();
  console.log(`${machine()}; ${total.toLocaleString('en')} jobs, ${rounds} rounds, milliseconds from the navigation`);
  for (const { name, path, shown } of pages) {
    const [painted, filled] = [histogram(), histogram()];
    for (let round = 0; round < rounds; round += 1) {
      const times = await visit(browser, url!, path, shown);
      painted.add(times.painted);
      filled.add(times.filled);
    }
    const of = ({ p }: typeof painted): string => `p50 ${p(50)} p95 ${p(95)}`;
    console.log(`${name.padEnd(18)} first paint ${of(painted)}, rows ${of(filled)}`);
  }
} finally {
  await browser.close();
  server.process.kill('SIGTERM');
  await server.ended;
  rmSync(folder, { recursive: true, force: true });
}

async function visit(from: Browser, url: string, path: string, shown: string) {
  const context = await from.newContext({ viewport: { width: 1_280, height: 860 } });
  await context.addCookies([{ name: 'waybill_session', value: 'admin', url }]);
  const page = await context.newPage();
  await page.goto(url + path, { waitUntil: 'commit' });
  const found = await page.waitForFunction((selector) => document.querySelector(selector) && performance.now(), shown);
  const filled = Number(await found.jsonValue());
  const painted = await page.evaluate(() => performance.getEntriesByName('first-contentful-paint')[0]?.startTime ?? 0);
  await context.close();
  return { painted, filled };
}
