import * as z from 'zod';
import { defineRoute, table } from './route.ts';

/** For what watches the server. */

export const live = defineRoute({
  name: 'live',
  method: 'GET',
  path: '/livez',
  auth: 'none',
  tag: 'System',
  summary: 'Liveness',
  description: 'Checks the process and nothing else: restart it when this does not answer.',
  answer: z.object({ status: z.literal('ok') }),
  example: { answer: { status: 'ok' } },
});

export const ready = defineRoute({
  name: 'ready',
  method: 'GET',
  path: '/readyz',
  auth: 'none',
  tag: 'System',
  summary: 'Readiness',
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
  summary: 'Health of the server',
  description:
    'Includes the state of each part. 503 when a required part does not work; `details` then has the same fields.',
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
            .describe('Why it rejects writes, if it does; reads still work.'),
        }),
      )
      .describe('By role: `store`, `objects`, and `disk` if the server writes to a disk of its own.'),
    database: z.object({ initialized: z.boolean().describe('Whether the schema is that of this version.') }),
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
