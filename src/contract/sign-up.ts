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
  summary: 'Sign up anonymously',
  description:
    'For the first start of an app: creates a user id, with an account on the plan `free`, and a token that is ' +
    'valid for 30 days. Without the token the account cannot be recovered. 403 unless the server has ' +
    '`ANONYMOUS_SIGNUP=true`; 429 after `ANONYMOUS_SIGNUPS_PER_HOUR` sign-ups from one address.',
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
