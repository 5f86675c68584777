import * as z from 'zod';
import { defineRoute, table, type RouteAnswer } from './route.ts';

/** How a server was started. */

const setting = z.object({
  name: z.string().describe('Its environment variable.'),
  flag: z.string().nullable().describe('Of `waybill serve`; null where it can only be in the environment.'),
  group: z.string(),
  about: z.string(),
  secret: z.boolean().describe('Whether its value is never shown.'),
  isSet: z.boolean().describe('Whether it has a value, be it the default.'),
  value: z.string().nullable().describe('As it was written; null if it is a secret or has none.'),
  origin: z.enum(['program', 'flag', 'environment', 'file', 'default', 'unset'])
    .describe('Where the value comes from; `program`: from the one that embeds the ' +
      'server; `file`: from the one that NAME_FILE names.'),
});

export const listSettings = defineRoute({
  name: 'listSettings',
  method: 'GET',
  path: '/api/settings',
  auth: 'admin',
  tag: 'Administration',
  summary: 'List the settings of the server',
  description: 'Every option with its value and where that comes from. Secrets are shown as set or not set.',
  answer: z.object({ settings: z.array(setting) }),
  example: {
    answer: {
      settings: [
        {
          name: 'PORT', flag: '--port', group: 'Server', about: 'Port to listen on.', secret: false, isSet: true,
          value: '8080', origin: 'default',
        },
        {
          name: 'JWT_SECRET', flag: null, group: 'Secrets', about: 'Signs logins.', secret: true, isSet: true,
          value: null, origin: 'environment',
        },
      ],
    },
  },
});

export type Setting = RouteAnswer<typeof listSettings>['settings'][number];

export const settingRoutes = table(listSettings);
