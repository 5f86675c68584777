import type { KindQuotas } from '../../../domain/account/quotas.ts';

const gibibyte = 1024 ** 3;

export const commandQuotas = {
  plans: {
    free: { unfinished: 10_000, stored: 500_000, bytes: 2 * gibibyte },
    pro: { unfinished: 100_000, stored: 5_000_000, bytes: 50 * gibibyte },
  },
  words: { one: 'command', many: 'commands', makeRoom: 'those that have ended go after a while' },
} as const satisfies KindQuotas;
