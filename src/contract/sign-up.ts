import * as z from 'zod';
import { role, time, userId } from './fields.ts';
import { defineRoute, table } from './route.ts';

/** Accounts for those who do not say who they are. */

export const signUpAnonymously = defineRoute({
  name: 'signUpAnonymously',
  method: 'POST',
  path: '/api/auth/anon',
  auth: 'none',
  tag: 'Account',
  summary: 'Get an account without saying who you are',
  description:
    'For an app’s first start: a new user id, whose account is that of the plan `free`, and a token that is good for ' +
    '30 days. Whoever loses it has lost the account. 403 unless the server has `ANONYMOUS_SIGNUP=true`; ' +
    '`ANONYMOUS_SIGNUPS_PER_HOUR` of one address, then 429.',
  answer: z.object({
    userId,
    token: z.string().describe('Send it as `Authorization: Bearer <token>`.'),
    expiresAt: time,
    user: z.object({ userId, roles: z.array(role) }),
  }),
  status: 201,
  errors: ['forbidden', 'rate_limit', 'unavailable'],
  example: {
    answer: {
      userId: 'anon-01935a44-5d6e-7f10-8a9b-1c2d3e4f5a6b',
      token: 'eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJpc3MiOiJ3YXliaWxsIiwic3ViIjoiYW5vbiJ9.k1vA0bq',
      expiresAt: '2026-12-22T09:30:00.000Z',
      user: { userId: 'anon-01935a44-5d6e-7f10-8a9b-1c2d3e4f5a6b', roles: ['user'] },
    },
  },
});

export const signUpRoutes = table(signUpAnonymously);
