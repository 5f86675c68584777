import { argument, defineCommand } from '../command.ts';

export default defineCommand({
  name: 'user delete',
  summary: 'Delete a user with its logins and API keys',
  description:
    'For administrators. At once and for good. Its schedules are switched off; its jobs and its account stay.',
  arguments: { id: argument('USER', 'The user.', 'id') },
  exits: { 65: 'It is the last administrator that can log in.' },
  examples: [['user delete mira', 'that one']],
  async run(context, { args: { id } }) {
    const { output, signal } = context;
    const answer = await context.client().deleteUser({ params: { id } }, { signal });
    if (output.json) output.printJson(answer);
    else {
      const { schedulesSwitchedOff: off } = answer;
      output.note(off === 0 ? `${id} is deleted.` : `${id} is deleted; ${off} of its schedules are switched off.`);
    }
  },
});
