import { argument, defineCommand } from '../command.ts';

export default defineCommand({
  name: 'user delete',
  summary: 'Delete a user',
  description:
    'For administrators. Ends its logins, revokes its API keys and disables its schedules, at once. Its jobs and ' +
    'its account stay.',
  arguments: { id: argument('USER', 'The user.', 'id') },
  exits: { 65: 'The user is the last administrator who can log in.' },
  examples: [['user delete mira', 'a single one']],
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
