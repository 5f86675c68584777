import * as z from 'zod';
import { defineRoute, table } from './route.ts';

/** For what watches the server. */

export const live = defineRoute({
  name: 'live',
  method: 'GET',
  path: '/livez',
  auth: 'none',
  tag: 'System',
  summary: 'Is the process alive',
  description: 'Looks at nothing else: restart the process when this does not answer.',
  answer: z.object({ status: z.literal('ok') }),
  example: { answer: { status: 'ok' } },
});

export const ready = defineRoute({
  name: 'ready',
  method: 'GET',
  path: '/readyz',
  auth: 'none',
  tag: 'System',
  summary: 'Can it take requests',
  description: 'Send no traffic while this answers 503.',
  answer: z.object({ status: z.literal('ok') }),
  errors: ['unavailable'],
  example: { answer: { status: 'ok' } },
});

export const health = defineRoute({
  name: 'health',
  method: 'GET',
  path: '/api/health',
  auth: 'none',
  tag: 'System',
  summary: 'Show the health of the server',
  description:
    'With the state of its parts. 503 when one that is needed cannot answer; `details` then has the same fields.',
  answer: z.object({
    status: z.literal('ok'),
    version: z.string(),
    uptimeSeconds: z.number().min(0),
    parts: z
      .record(
        z.string(),
        z.object({
          status: z.enum(['ok', 'unavailable']),
          name: z.string().exactOptional(),
          reason: z
            .enum(['disk_full', 'read_only', 'disk_error'])
            .exactOptional()
            .describe('Why it takes no writes, when that is what is wrong: what is stored can still be read.'),
        }),
      )
      .describe('By what they do: `store`, `objects`, and `disk` where one of the server’s own is written.'),
    database: z.object({ initialized: z.boolean().describe('Whether its tables are those of this version.') }),
    setup: z.object({ needed: z.boolean().describe('Whether there is no administrator yet; see `/api/v1/setup`.') }),
  }),
  errors: ['unavailable'],
  example: {
    answer: {
      status: 'ok',
      version: '0.1.0',
      uptimeSeconds: 86_412,
      parts: { store: { status: 'ok', name: 'sqlite' }, objects: { status: 'ok', name: 'filesystem' } },
      database: { initialized: true },
      setup: { needed: false },
    },
  },
});

export const systemRoutes = table(live, ready, health);
