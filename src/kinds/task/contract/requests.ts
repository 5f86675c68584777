import * as z from 'zod';
import { errorCodes } from '../../../contract/errors.ts';
import { jobId, pageSize, time, userId } from '../../../contract/fields.ts';
import { defineRoute, table } from '../../../contract/route.ts';

/** Tasks that other programs want, as rows of `job_requests`, and that are no tasks yet. */

const request = z
  .object({
    id: jobId.describe('That of the task, once there is one.'),
    ownerId: userId,
    status: z.enum(['waiting', 'refused']),
    createdAt: time,
    refusedAt: time.nullable(),
    error: z
      .object({
        code: z.enum(errorCodes as [(typeof errorCodes)[number], ...typeof errorCodes]),
        message: z.string(),
        details: z.record(z.string(), z.unknown()).exactOptional(),
      })
      .nullable()
      .describe('Why there is no task: what `POST /api/v1/jobs` would have answered.'),
    body: z.string().describe('As it was stored: JSON, unless it was refused for that.'),
  })
  .meta({ id: 'TaskRequest' });

const byRequest = z.object({ id: jobId });
const example = {
  id: '0193a5e2-7c40-7d11-8f6a-2b9e4c7d1a05',
  ownerId: 'mira',
  status: 'refused' as const,
  createdAt: '2026-11-22T09:30:00.000Z',
  refusedAt: '2026-11-22T09:30:00.012Z',
  error: {
    code: 'invalid_request' as const, message: 'The request is not valid: type is required.',
    details: { fields: { type: 'is required' } },
  },
  body: '{"data":{"file":"voters.csv"}}',
};
const { id } = example;
const params = { id };

export const listTaskRequests = defineRoute({
  name: 'listTaskRequests',
  method: 'GET',
  path: '/api/v1/requests',
  auth: 'user',
  tag: 'Tasks',
  summary: 'List requests for tasks',
  description:
    'Rows of `job_requests` that are no tasks yet: those that were refused, or with `status=waiting` those whose ' +
    'turn has not come. Your own; administrators see everybody’s. Refused ones are kept for 7 days. Servers on ' +
    'PostgreSQL only.',
  query: z.object({
    status: z.enum(['waiting', 'refused']).default('refused'),
    after: jobId.exactOptional().describe('`nextAfter` of the previous page.'),
    limit: pageSize,
  }),
  answer: z.object({ requests: z.array(request), nextAfter: jobId.nullable().describe('Null on the last page.') }),
  example: { query: { status: 'refused', limit: 20 }, answer: { requests: [example], nextAfter: null } },
});

export const getTaskRequest = defineRoute({
  name: 'getTaskRequest',
  method: 'GET',
  path: '/api/v1/requests/:id',
  auth: 'user',
  tag: 'Tasks',
  summary: 'Show a request for a task',
  description: 'Not found: there is none, or it is a task already.',
  params: byRequest,
  answer: request,
  example: { params, answer: example },
});

export const retryTaskRequest = defineRoute({
  name: 'retryTaskRequest',
  method: 'POST',
  path: '/api/v1/requests/:id/retry',
  auth: 'user',
  tag: 'Tasks',
  summary: 'Try a refused request again',
  params: byRequest,
  answer: request,
  errors: ['invalid_state'],
  example: { params, answer: { ...example, status: 'waiting', refusedAt: null, error: null } },
});

export const removeTaskRequest = defineRoute({
  name: 'removeTaskRequest',
  method: 'DELETE',
  path: '/api/v1/requests/:id',
  auth: 'user',
  tag: 'Tasks',
  summary: 'Withdraw a request for a task',
  params: byRequest,
  answer: z.object({ id: jobId, removed: z.literal(true) }),
  example: { params, answer: { id, removed: true } },
});

export const requestRoutes = table(listTaskRequests, getTaskRequest, retryTaskRequest, removeTaskRequest);
