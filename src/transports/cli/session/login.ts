import { text as readAll } from 'node:stream/consumers';
import { defineCommand } from '../command.ts';
import { saveLogin } from '../credentials.ts';
import { CommandFailure, exits } from '../failure.ts';
import { anyText, optional } from '../flag.ts';
import { logIn } from '../user/log-in.ts';
import { createPasswordInput } from '../user/password-input.ts';

export default defineCommand({
  name: 'login',
  summary: 'Log in, and save the token',
  description:
    'With --user: asks for the password, or reads it from standard input, and saves the token of the login, which ' +
    'is valid for some hours.\n\nWithout --user: checks the token and saves it in ' +
    '~/.config/waybill/credentials.json (or under XDG_CONFIG_HOME), readable only by you. A saved token is only ' +
    'sent to the server that it was saved for.\n\nWithout --token and WAYBILL_TOKEN, the token is read from ' +
    "standard input, which keeps it out of the shell's history.",
  flags: { user: optional('USER', anyText, 'Log in with a password, as the user with this id or email address.') },
  examples: [
    ['login --user mira', 'asks for the password'],
    ['login --server https://waybill.example < token.txt', 'the token from a file'],
    ['login --server http://127.0.0.1:8787 --token mira', 'a server in development mode, as the user mira'],
  ],
  async run(context, { flags: { user } }) {
    const { output, env, signal, server, token: given } = context;
    if (user !== undefined) {
      const password = await createPasswordInput(output.errorStream).ask(`Password of ${user}: `);
      return logIn(context, user, password);
    }
    if (given === null && process.stdin.isTTY) {
      throw new CommandFailure('no token: give --token, or the token on standard input', exits.usage);
    }
    const token = given ?? (await readAll(process.stdin)).trim();
    if (token === '' || /\s/.test(token)) {
      throw new CommandFailure('that is no token: it must be one word', exits.usage);
    }
    const account = await context.client({ token }).me({}, { signal });
    const path = saveLogin(env, server, token);
    if (output.json) output.printJson({ server, userId: account.userId, savedIn: path });
    else output.note(`Logged in to ${server} as ${account.userId}; saved in ${path}.`);
  },
});
