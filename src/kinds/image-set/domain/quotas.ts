import type { KindQuotas } from '../../../domain/account/quotas.ts';

/** How many may be under way is for the account's slots to say. */
export const imageSetQuotas = {
  plans: { free: { stored: 10_000 }, pro: { stored: 1_000_000 } },
  words: { one: 'set of photos', many: 'sets of photos', makeRoom: 'those that have ended go after a while' },
} as const satisfies KindQuotas;
