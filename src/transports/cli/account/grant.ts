import { argument, defineCommand } from '../command.ts';
import { anyText, oneOf, optional, required, wholeNumber } from '../flag.ts';
import { accountText } from './text.ts';

export default defineCommand({
  name: 'account grant',
  summary: 'Give a user credits, or another plan',
  description: 'For administrators. With the same --idempotency-key, a repeat grants nothing more.',
  arguments: { id: argument('USER', 'Who gets them.', 'id') },
  flags: {
    credits: required('N', wholeNumber(0, 1_000_000_000), 'How many; 0 only together with --plan.'),
    plan: optional('PLAN', oneOf('free', 'pro'), 'The plan to move the account to: free or pro.'),
    note: optional('TEXT', anyText, 'Why; kept in the ledger.'),
    idempotencyKey: optional('KEY', anyText, 'Says that this is one grant, however often it is sent.'),
  },
  examples: [
    ['account grant mira --credits 500 --plan pro --note "invoice 2026-0117"', '500 credits and the plan pro'],
    ['account grant mira --credits 20 --idempotency-key order-4711', 'safe to be repeated by a script'],
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
