import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, onTestFinished, test } from 'vitest';
import { options } from '../../src/main/config/options.ts';

const folder = fileURLToPath(new URL('../../deploy/systemd/', import.meta.url));
const units = readdirSync(folder);
const textOf = (unit: string): string => readFileSync(join(folder, unit), 'utf8');
const tool = spawnSync('systemd-analyze', ['--version'], { encoding: 'utf8' });
const without = tool.status === 0 ? null : 'systemd-analyze is not installed';

describe('the units for systemd', () => {
  test('are what systemd takes, with the program where it is', ({ skip }) => {
    skip(without !== null, without ?? '');
    const copies = mkdtempSync(join(tmpdir(), 'waybill-units-'));
    onTestFinished(() => rmSync(copies, { recursive: true }));
    for (const unit of units) {
      writeFileSync(join(copies, unit), textOf(unit).replaceAll('/usr/local/bin/waybill', process.execPath));
    }
    const { status, stderr } = spawnSync('systemd-analyze', ['verify', ...units.map((unit) => join(copies, unit))], {
      encoding: 'utf8',
    });
    expect([status, stderr]).toEqual([0, '']);
    const rated = spawnSync('systemd-analyze', ['security', '--offline=true', join(copies, 'waybill.service')], {
      encoding: 'utf8',
    });
    expect(Number(/exposure level for waybill\.service: ([\d.]+)/.exec(rated.stdout)?.[1])).toBeLessThan(2);
  });

  test('leave a server more time to stop than it takes', () => {
    const seconds = Number(/^TimeoutStopSec=(\d+)$/m.exec(textOf('waybill.service'))?.[1]);
    expect(seconds).toBeGreaterThan(Number(options.shutdownSeconds.default) + 10);
  });

  test('set no variable that Waybill does not know', () => {
    const known = new Set<string>(Object.values(options).map(({ env }) => env));
    const others = new Set(['NODE_ENV', 'XDG_CACHE_HOME', 'MALLOC_ARENA_MAX']);
    for (const unit of units) {
      const lines = textOf(unit).match(/^Environment=.*$/gm) ?? [];
      const pairs = lines.flatMap((line) => line.slice('Environment='.length).split(' '));
      const names = pairs.map((pair) => pair.split('=')[0]);
      expect(names.filter((name) => !known.has(name ?? '') && !others.has(name ?? ''))).toEqual([]);
    }
  });
});
