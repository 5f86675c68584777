import { defineCommand } from '../command.ts';
import { plansText } from './text.ts';

export default defineCommand({
  name: 'plan list',
  summary: 'List plans and their limits',
  description: 'What accounts may, by their plan.',
  flags: {},
  examples: [['plan list', 'what holds now']],
  async run(context) {
    const { output, signal } = context;
    const { plans } = await context.client().listPlans({}, { signal });
    if (output.json) output.printJson({ plans });
    else output.print(plansText(plans));
  },
});
