import * as z from 'zod';
import { count, role, userId } from './fields.ts';
import { defineRoute, table } from './route.ts';
import { showSession } from './users.ts';

/** What the console needs before it knows who asks. */

/** `kinds`: names of kinds, for the example. */
export function consoleRoutes(kinds: readonly string[]) {
  return table(showConsole(kinds));
}

export type ConsoleRoutes = ReturnType<typeof consoleRoutes>;

function showConsole(kinds: readonly string[]) {
  return defineRoute({
    name: 'showConsole',
    method: 'GET',
    path: '/api/console',
    auth: 'none',
    tag: 'System',
    summary: 'What the console shows',
    description: 'What this server is and has, for the pages that it serves.',
    answer: z.object({
      version: z.string(),
      user: showSession.answer.nullable().describe('Whom the cookie of this request is a login of; null: nobody.'),
      devMode: z.boolean().describe('Whether anybody may log in as any user, without a password.'),
      publicUrl: z.string().describe('Where its files are, as the URLs that it signs have it.'),
      kinds: z.array(z.string()).describe('The kinds of job that it takes.'),
      features: z
        .array(z.string())
        .describe(
          'What it has beside, which not every server does: `schedules`, `webhooks`, `events`, `logs`, `workers`, ' +
            '`users`, `settings`, `accounts` (the list of them), `metrics`.',
        ),
      maxUploadBytes: count(Number.MAX_SAFE_INTEGER).describe('Of one file.'),
    }),
    example: {
      answer: {
        version: '0.1.0', user: { userId: 'mira', email: null, name: null, roles: ['user'], hasPassword: true },
        devMode: false, publicUrl: 'https://waybill.example', kinds: [...kinds],
        features: ['schedules', 'webhooks', 'users', 'workers'], maxUploadBytes: 52_428_800,
      },
    },
  });
}

export const logInAsDeveloper = defineRoute({
  name: 'logInAsDeveloper',
  method: 'POST',
  path: '/api/v1/auth/developer',
  auth: 'none',
  tag: 'Users',
  summary: 'Log in to a server in development mode',
  description:
    'As any user, without a password: sets the cookie `waybill_session`, for pages. A server that is not in ' +
    'development mode has no such route. JSON from the same origin only.',
  body: z.object({ userId }),
  answer: z.object({ userId, roles: z.array(role) }),
  pages: 'own',
  errors: ['unauthenticated', 'forbidden'],
  example: { body: { userId: 'mira' }, answer: { userId: 'mira', roles: ['user', 'operator'] } },
});

export const developerRoutes = table(logInAsDeveloper);
