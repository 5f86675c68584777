import { afterAll, describe, expect, it, vi } from 'vitest';
import { Secrets } from '../../src/kinds/command/application/secrets.ts';
import { command } from '../../src/kinds/command/domain/kind.ts';
import { playCommands } from '../../src/kinds/command/simulation/play.ts';
import { commandModule } from '../../src/kinds/command/module.ts';
import { openSimulatedSqlite } from '../../src/testing/simulator/sqlite.ts';
import { Tally } from '../../src/testing/simulator/tally.ts';

const isLong = process.env['WAYBILL_TEST_LONG'] === '1';
const store = openSimulatedSqlite();
const parts = commandModule;
afterAll(() => store.close());

describe('command jobs', { timeout: isLong ? 3_600_000 : 120_000 }, () => {
  it('come out right whatever happens to servers, agents, workers and providers', async () => {
    const tally = new Tally();
    // 34: earlier files are discarded twice, the second time when those of a later execution are there.
    for (let seed = 30; seed < (isLong ? 1_030 : 39); seed++) {
      const { violation, trace } = await playCommands({ seed, store, parts, tally });
      expect(violation, `seed ${seed}:\n${trace.join('\n')}`).toBeNull();
    }
    const seen = [
      'SUCCEEDED', 'FAILED', 'CANCELLED', 'server died', 'a secret was given', 'an input was there',
      'files were uploaded',
    ];
    for (const what of seen) expect(tally.of(`command: ${what}`), what).toBeGreaterThan(0);
    expect(tally.of('saga RECOVERY: succeeded')).toBeGreaterThan(5);
  });

  it('come out right whatever clocks are set to', async () => {
    const tally = new Tally();
    for (let seed = 1; seed < (isLong ? 501 : 5); seed++) {
      const { violation, trace } = await playCommands({ seed, store, parts, tally, jumps: true });
      expect(violation, `seed ${seed}:\n${trace.join('\n')}`).toBeNull();
    }
    expect(tally.of('command: clock was set')).toBeGreaterThan(5);
    expect(tally.of('command: SUCCEEDED')).toBeGreaterThan(5);
  });

  it('lose nothing when a server dies at any await, and run once at a time', async () => {
    for (const seed of isLong ? [1, 2, 3, 4] : [1]) {
      const whole = await playCommands({ seed, store, parts, crashAt: 0 });
      expect(whole.violation).toBeNull();
      expect(whole.points).toBeGreaterThan(200);
      for (let at = 1; at <= whole.points; at += isLong ? 1 : 97) {
        const { violation, trace } = await playCommands({ seed, store, parts, crashAt: at });
        expect(violation, `seed ${seed}, at ${at}:\n${trace.join('\n')}`).toBeNull();
      }
    }
  });

  it('come out wrong when a secret is stored as it is, which the simulation finds', async () => {
    const stored = vi.spyOn(Secrets.prototype, 'seal').mockImplementation(async (_, value) => value);
    try {
      expect((await playCommands({ seed: 1, store, parts })).violation?.rule).toBe('no value of a secret is stored');
    } finally {
      stored.mockRestore();
    }
  });

  it('come out wrong without fencing, which the simulation finds', async () => {
    const { decide } = command;
    const unfenced = vi.spyOn(command, 'decide').mockImplementation((job, asked, now) => {
      const isOfAgent = ['accept', 'start', 'finish', 'release'].includes(asked.type);
      return decide(job, isOfAgent && job.lease !== null ? { ...asked, token: job.lease.token } as never : asked, now);
    });
    try {
      let found: string | null = null;
      for (let seed = 1; found === null && seed <= 50; seed++) {
        found = (await playCommands({ seed, store, parts })).violation?.rule ?? null;
      }
      expect(found).toMatch(/^G5 /);
    } finally {
      unfenced.mockRestore();
    }
  });

  it('happen in the same order for the same seed', async () => {
    const { trace } = await playCommands({ seed: 5, store, parts });
    expect((await playCommands({ seed: 5, store, parts })).trace).toEqual(trace);
  });
});
