import { watch } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { startTestServer } from './server.ts';

test('health checks each part at most once a second, however many probes come', async () => {
  const { url, folder } = await startTestServer();
  // A look at the objects leaves a file there for a moment.
  const looks = new Set<string>();
  const watcher = watch(join(folder, 'objects/incoming'), (_event, name) => void looks.add(String(name)));
  const began = performance.now();
  let asked = 0;
  for (let round = 0; round < 20; round++) {
    const paths = ['/api/health', '/readyz'].flatMap((path) => Array.from({ length: 10 }, () => path));
    const answers = await Promise.all(paths.map((path) => fetch(url + path)));
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]));
    asked += answers.length;
  }
  const seconds = (performance.now() - began) / 1_000;
  watcher.close();
  expect(asked).toBe(400);
  expect(looks.size).toBeGreaterThan(0);
  expect(looks.size).toBeLessThanOrEqual(1 + Math.ceil(seconds));
});
