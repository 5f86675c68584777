import * as z from 'zod';
import { count, limits, line, namesOf, time } from '../../../contract/fields.ts';
import { labelsOf } from '../../../contract/labels.ts';
import { defineRoute, table } from '../../../contract/route.ts';
import { jsonFits } from '../../../contract/sizes.ts';
import { noPool } from '../domain/warm-pool.ts';
import { exampleProviderId } from './command-examples.ts';
import { commandLimits, providerIdOrName, providerName } from './new-command.ts';

/** What starts and ends the workers that commands run in. */

const configBytes = 65_536;
const mostWorkers = 10_000;
const mostPriority = 1_000;
const mostSpares = 1_000;
const mostJobs = 10_000;
const dayMs = 86_400_000;

const status = z
  .enum(namesOf<'ACTIVE' | 'DISABLED' | 'MAINTENANCE'>({ ACTIVE: true, DISABLED: true, MAINTENANCE: true }))
  .describe('`DISABLED` and `MAINTENANCE`: its workers end their jobs, and no new ones are started.');

const config = z
  .record(z.string(), z.unknown())
  .refine((given) => jsonFits(given, configBytes), { error: `must have at most ${configBytes} bytes of JSON` })
  .describe('What is particular to its type. Not for secrets: operators are shown it.');

const priority = count(mostPriority, -mostPriority).describe(
  'Where several could run a job, the one with the greatest is chosen.',
);
const maxWorkers = count(mostWorkers, 1).describe('Workers at once; never exceeded.');
const pool = {
  size: count(mostSpares).describe('Idle workers that are kept ready for jobs that ask for nothing special; 0: none.'),
  idleMs: count(dayMs, 1_000).describe('How long one may be idle until another one takes its place.'),
  jobsPerWorker: count(mostJobs, 1).describe('How many jobs one runs, one after the other; then it is ended.'),
  shared: z.boolean().describe('Whether one may run jobs of several owners; else all are of the owner of its first.'),
};
const labels = labelsOf(commandLimits.providerLabels).describe('What jobs may ask of it.');
const type = line(63).describe('`process`, `docker` or `kubernetes`.');

const provider = z
  .object({
    id: z.uuid(),
    name: z.string(),
    type: z.string(),
    config: z.record(z.string(), z.unknown()),
    status,
    priority: z.int(),
    maxWorkers: count(Number.MAX_SAFE_INTEGER),
    activeWorkers: count(Number.MAX_SAFE_INTEGER).describe('Workers that have not ended.'),
    pool: z.object(pool).describe('Workers that are there before a job asks for them.'),
    spareWorkers: count(Number.MAX_SAFE_INTEGER).describe(
      'Workers of the pool that any job may have, those that are being started included.',
    ),
    labels: z.record(z.string(), z.string()),
    capabilities: z
      .object({
        images: z.boolean().describe('Whether a job may choose an image.'),
        limits: z.boolean().describe('Whether limits on CPU, memory and disk are enforced.'),
        gpu: z.boolean(),
        networkModes: z.array(z.string()).describe('Those that a job may choose.'),
      })
      .nullable()
      .describe('What jobs may ask of it; null where the server that answers cannot talk to it.'),
    health: z
      .object({
        healthy: z.boolean(),
        message: z.string().describe('What answered, or what is wrong and what to do.'),
        latencyMs: z.number(),
        at: time,
      })
      .nullable()
      .describe('Of the last test by the server that answers; null where it cannot talk to the provider.'),
    createdAt: time,
    updatedAt: time,
  })
  .meta({ id: 'Provider' });

const example = {
  id: exampleProviderId,
  name: 'docker',
  type: 'docker',
  config: { network: 'bridge' },
  status: 'ACTIVE',
  priority: 0,
  maxWorkers: 10,
  activeWorkers: 1,
  pool: noPool,
  spareWorkers: 0,
  labels: { zone: 'cellar' },
  capabilities: { images: true, limits: true, gpu: false, networkModes: ['bridge', 'none'] },
  health: { healthy: true, message: 'Docker 28.2.2, API 1.50', latencyMs: 4, at: '2026-11-22T09:29:40.000Z' },
  createdAt: '2026-11-20T15:12:00.000Z',
  updatedAt: '2026-11-20T15:12:00.000Z',
} as const;

const byProvider = z.object({ id: providerIdOrName });
const params = { id: 'docker' };

export const listProviders = defineRoute({
  name: 'listProviders',
  method: 'GET',
  path: '/api/providers',
  auth: 'operator',
  tag: 'Providers',
  summary: 'List providers',
  description: 'By name, at most 1,000.',
  answer: z.object({ providers: z.array(provider) }),
  example: { answer: { providers: [example] } },
});

export const registerProvider = defineRoute({
  name: 'registerProvider',
  method: 'POST',
  path: '/api/providers',
  auth: 'operator',
  tag: 'Providers',
  summary: 'Register a provider',
  description: 'The same provider again under its name changes nothing; another one is a conflict.',
  body: z.object({
    name: providerName.describe('Of one provider only: 1 to 63 lower-case letters, digits and hyphens.'),
    type,
    config: config.default({}),
    status: status.default('ACTIVE'),
    priority: priority.default(0),
    maxWorkers: maxWorkers.default(10),
    pool: z
      .object({
        size: pool.size.default(noPool.size), idleMs: pool.idleMs.default(noPool.idleMs),
        jobsPerWorker: pool.jobsPerWorker.default(noPool.jobsPerWorker), shared: pool.shared.default(noPool.shared),
      })
      .default(noPool),
    labels: labels.default({}),
  }),
  answer: provider,
  status: 201,
  errors: ['conflict'],
  repeatable: true,
  example: {
    body: { name: 'docker', type: 'docker', config: { network: 'bridge' }, labels: { zone: 'cellar' } },
    answer: { ...example, activeWorkers: 0 },
  },
});

export const getProvider = defineRoute({
  name: 'getProvider',
  method: 'GET',
  path: '/api/providers/:id',
  auth: 'operator',
  tag: 'Providers',
  summary: 'Show a provider',
  params: byProvider,
  answer: provider,
  example: { params, answer: example },
});

export const updateProvider = defineRoute({
  name: 'updateProvider',
  method: 'PATCH',
  path: '/api/providers/:id',
  auth: 'operator',
  tag: 'Providers',
  summary: 'Update a provider',
  description: 'Fields that are left out do not change; `config` is replaced as a whole. Workers that have a ' +
    'job stay; idle ones of the pool are replaced.',
  params: byProvider,
  body: z.object({
    name: providerName.exactOptional(),
    config: config.exactOptional(),
    status: status.exactOptional(),
    priority: priority.exactOptional(),
    maxWorkers: maxWorkers.exactOptional(),
    pool: z
      .object({
        size: pool.size.exactOptional(), idleMs: pool.idleMs.exactOptional(),
        jobsPerWorker: pool.jobsPerWorker.exactOptional(), shared: pool.shared.exactOptional(),
      })
      .exactOptional(),
    labels: labels.exactOptional(),
  }),
  answer: provider,
  errors: ['conflict'],
  example: { params, body: { maxWorkers: 20 }, answer: { ...example, maxWorkers: 20 } },
});

export const deleteProvider = defineRoute({
  name: 'deleteProvider',
  method: 'DELETE',
  path: '/api/providers/:id',
  auth: 'operator',
  tag: 'Providers',
  summary: 'Delete a provider',
  description: '409 while it has workers: disable it, and delete it when they have ended.',
  params: byProvider,
  answer: z.object({ deleted: z.literal(true) }),
  errors: ['conflict'],
  example: { params, answer: { deleted: true } },
});

export const enableProvider = defineRoute({
  name: 'enableProvider',
  method: 'POST',
  path: '/api/providers/:id/enable',
  auth: 'operator',
  tag: 'Providers',
  summary: 'Enable a provider',
  description: 'It takes new jobs.',
  params: byProvider,
  answer: provider,
  errors: ['conflict'],
  repeatable: true,
  example: { params, answer: example },
});

export const disableProvider = defineRoute({
  name: 'disableProvider',
  method: 'POST',
  path: '/api/providers/:id/disable',
  auth: 'operator',
  tag: 'Providers',
  summary: 'Disable a provider',
  description: 'Its workers end their jobs, and no new ones are started.',
  params: byProvider,
  body: z.object({ reason: line(limits.noteLength).exactOptional().describe('For people, in the server’s log.') }),
  answer: provider,
  errors: ['conflict'],
  repeatable: true,
  example: {
    params, body: { reason: 'The host is restarted.' }, answer: { ...example, status: 'DISABLED' },
  },
});

export const testProvider = defineRoute({
  name: 'testProvider',
  method: 'POST',
  path: '/api/providers/:id/test',
  auth: 'operator',
  tag: 'Providers',
  summary: 'Test a provider',
  description: 'Whether workers could be started now: `health` has the outcome.',
  params: byProvider,
  answer: provider,
  repeatable: true,
  example: { params, answer: example },
});

export const providerRoutes = table(
  listProviders, registerProvider, getProvider, updateProvider, deleteProvider, enableProvider, disableProvider,
  testProvider,
);
