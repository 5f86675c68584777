import { argument, defineCommand } from '../command.ts';
import { optional, wholeNumber } from '../flag.ts';
import { UsageProblem } from '../usage-problem.ts';
import { plansText } from './text.ts';

export default defineCommand({
  name: 'plan set',
  summary: 'Change the limits of a plan',
  description:
    'For administrators. What is not given stays. The limits hold for what is begun from now on; the audit keeps who ' +
    'changed them.',
  arguments: { plan: argument('PLAN', 'free or pro.', 'plan') },
  flags: {
    startingCredits: optional('N', wholeNumber(0, 1_000_000_000), 'Credits that a new account begins with.'),
    runningJobs: optional('N', wholeNumber(0, 1_000_000), 'Jobs that may be under way at once.'),
    ruleSlots: optional('N', wholeNumber(0, 1_000), 'Saved rules.'),
    failedItemsPerHour: optional('N', wholeNumber(0, 1_000_000), 'Items that may fail within an hour.'),
  },
  examples: [['plan set free --running-jobs 2', 'two jobs at once for everybody with the plan free']],
  async run(context, { args: { plan }, flags }) {
    if (plan !== 'free' && plan !== 'pro') throw new UsageProblem('PLAN must be free or pro');
    const body = Object.fromEntries(Object.entries(flags).filter(([, value]) => value !== undefined));
    if (Object.keys(body).length === 0) throw new UsageProblem('nothing to change: give a flag such as --running-jobs');
    const { output, signal } = context;
    const changed = await context.client().putPlan({ params: { plan }, body }, { signal });
    if (output.json) output.printJson(changed);
    else output.print(plansText([changed]));
  },
});
