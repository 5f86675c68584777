import { argument, defineCommand } from '../command.ts';
import { anyText, oneOf, optional, required, wholeNumber } from '../flag.ts';
import { accountText } from './text.ts';

export default defineCommand({
  name: 'account grant',
  summary: 'Grant credits, or change the plan',
  description: 'For administrators. Repeating a grant with the same --idempotency-key has no effect.',
  arguments: { id: argument('USER', 'User who receives them.', 'id') },
  flags: {
    credits: required('N', wholeNumber(0, 1_000_000_000), 'Number of credits; 0 only together with --plan.'),
    plan: optional('PLAN', oneOf('free', 'pro'), 'New plan of the account: free or pro.'),
    note: optional('TEXT', anyText, 'Reason; stored in the ledger.'),
    idempotencyKey: optional('KEY', anyText, 'Makes retries safe: a repeat of the command grants nothing.'),
  },
  examples: [
    ['account grant mira --credits 500 --plan pro --note "invoice 2026-0117"', '500 credits and the plan pro'],
    ['account grant mira --credits 20 --idempotency-key order-4711', 'safe to retry from a script'],
  ],
  async run(context, { args: { id }, flags: { credits, plan, note, idempotencyKey } }) {
    const { output, signal } = context;
    const body = { credits, ...(plan === undefined ? {} : { plan }), ...(note === undefined ? {} : { note }) };
    const key = idempotencyKey === undefined ? {} : { idempotencyKey };
    const account = await context.client().grantCredits({ params: { id }, body, ...key }, { signal });
    if (output.json) output.printJson(account);
    else output.print(accountText(account));
  },
});
