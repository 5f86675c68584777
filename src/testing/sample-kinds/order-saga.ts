import { defineSaga } from '../../domain/saga/definition.ts';

const backoff = { firstMs: 1_000, maxMs: 60_000 };

/** A saga of no kind that Waybill has: stock is taken and a parcel sent, which can be undone, then a letter written. */
export const orderSaga = defineSaga({
  type: 'ORDER',
  steps: [
    { name: 'take', maxAttempts: 3, backoff, timeoutMs: 60_000, compensated: true },
    { name: 'check', maxAttempts: 1, backoff, timeoutMs: 60_000, compensated: false },
    { name: 'send', maxAttempts: 2, backoff, timeoutMs: 60_000, compensated: true },
    { name: 'write', maxAttempts: 2, backoff, timeoutMs: 60_000, compensated: false },
  ],
  compensation: { maxAttempts: 3, backoff, timeoutMs: 60_000 },
});
