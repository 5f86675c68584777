/** What an agent finds around it. */
import { expect, it } from 'vitest';
import type { Context } from './context.ts';

/** What a shell sets by itself, and every worker has one of its own of. */
const ownNames = [
  'PATH', 'HOME', 'PWD', 'OLDPWD', 'SHLVL', '_', 'HOSTNAME', 'TMPDIR', 'WAYBILL_WORKER_ID', 'WAYBILL_WORK_DIR',
];

export function aloneTests(c: Context): void {
  it('gives the agent its variables, byte for byte, and none of the server', async () => {
    const canary = `SUITE_CANARY_${Date.now()}`;
    process.env[canary] = 'of the server';
    try {
      const agentEnvironment = { PLAIN: 'value', SIGNS: `a=b "c" 'd' $e \\f\ng`, EMPTY: '' };
      const workerId = await c.start('say "ready $(env; printf "<%s>" "$SIGNS")"', { agentEnvironment });
      const environment = await c.agents.heard(workerId, /^ready/);
      expect(environment).toContain('PLAIN=value\n');
      expect(environment).toMatch(/^EMPTY=$/m);
      expect(environment).toContain(`<${agentEnvironment.SIGNS}>`);
      expect(environment).toContain(`WAYBILL_WORKER_ID=${workerId}\n`);
      expect(environment).not.toContain(canary);
      const names = [...environment.matchAll(/^(?:ready )?([A-Z_]+)=/gm)].map(([, name]) => name);
      const { addedVariables: added = [] } = c.under;
      const known = new Set([...ownNames, ...added, 'SUITE_SAY', 'SUITE_SCRIPT', ...Object.keys(agentEnvironment)]);
      expect(names.filter((name) => !known.has(name ?? ''))).toEqual([]);
    } finally {
      delete process.env[canary];
    }
  });

  it('gives each agent a folder of its own that it can write, and no input', async () => {
    const write = 'cd "$WAYBILL_WORK_DIR" && [ -z "$(ls)" ] && echo x >file && chmod 700 file && [ -z "$(cat)" ]';
    const script = `${write} && say "ready $(pwd)" || say "ready none"`;
    const [one, two] = await Promise.all([c.start(script), c.start(script)]);
    for (const workerId of [one, two]) {
      expect(await c.agents.heard(workerId, /^ready/)).toMatch(/^ready \//);
      expect(await c.ended(workerId)).toMatchObject({ exitCode: 0 });
    }
  });
}
