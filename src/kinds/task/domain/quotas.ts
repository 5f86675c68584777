import type { KindQuotas } from '../../../domain/account/quotas.ts';

const gibibyte = 1024 ** 3;

export const taskQuotas = {
  plans: {
    free: { unfinished: 100_000, stored: 500_000, bytes: 2 * gibibyte },
    pro: { unfinished: 1_000_000, stored: 5_000_000, bytes: 50 * gibibyte },
  },
  words: { one: 'task', many: 'tasks', makeRoom: 'delete some that have ended' },
} as const satisfies KindQuotas;
