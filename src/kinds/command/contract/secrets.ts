import * as z from 'zod';
import { time, userId } from '../../../contract/fields.ts';
import { isStorable } from '../../../contract/input/text.ts';
import { defineRoute, table } from '../../../contract/route.ts';
import { textFits } from '../../../contract/sizes.ts';
import { secretName } from './new-command.ts';

/** Values that commands are given and nobody is shown. */

const valueBytes = 65_536;

const secret = z
  .object({ name: z.string(), createdBy: userId, createdAt: time, updatedAt: time })
  .meta({ id: 'Secret', description: 'A secret, without its value.' });

const example = {
  name: 'npm-publish', createdBy: 'mira', createdAt: '2026-11-20T15:12:00.000Z',
  updatedAt: '2026-11-22T09:00:00.000Z',
} as const;

const bySecret = z.object({ name: secretName.describe('1 to 253 letters, digits and `. _ - /`.') });
const params = { name: example.name };

export const listSecrets = defineRoute({
  name: 'listSecrets',
  method: 'GET',
  path: '/api/secrets',
  auth: 'operator',
  tag: 'Secrets',
  summary: 'List secrets',
  description: 'By name, at most 1,000. Their values are never answered.',
  answer: z.object({ secrets: z.array(secret) }),
  example: { answer: { secrets: [example] } },
});

export const putSecret = defineRoute({
  name: 'putSecret',
  method: 'PUT',
  path: '/api/secrets/:name',
  auth: 'operator',
  tag: 'Secrets',
  summary: 'Store a secret',
  description:
    'Makes it, or gives it another value, which jobs get that are assigned from now on. It is stored encrypted. ' +
    'Operators share their secrets. 409 when there are 1,000 already.',
  params: bySecret,
  body: z.object({
    value: z
      .string()
      .min(1)
      .refine((given) => textFits(given, valueBytes), { error: `must have at most ${valueBytes} bytes` })
      .refine(isStorable, { error: 'must have no NUL and no half of a surrogate pair' })
      .meta({ maxLength: valueBytes }),
  }),
  answer: secret,
  errors: ['conflict'],
  example: { params, body: { value: 'npm_0123456789' }, answer: example },
});

export const deleteSecret = defineRoute({
  name: 'deleteSecret',
  method: 'DELETE',
  path: '/api/secrets/:name',
  auth: 'operator',
  tag: 'Secrets',
  summary: 'Delete a secret',
  description: 'Jobs that need it and are not assigned yet fail.',
  params: bySecret,
  answer: z.object({ name: z.string(), deleted: z.literal(true) }),
  example: { params, answer: { name: example.name, deleted: true } },
});

export const secretRoutes = table(listSecrets, putSecret, deleteSecret);
