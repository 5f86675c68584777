import * as z from 'zod';
import { dependsOn, onDependencyFailure } from '../../../src/contract/dependencies.ts';
import { jobId } from '../../../src/contract/fields.ts';
import type { ScheduledContract } from '../../../src/contract/schedules.ts';
import { defineRoute, table } from '../../../src/contract/route.ts';

const id = '01935a40-11aa-7b3c-8d2e-5f6a7b8c9d01';
const view = z.object({ jobId, status: z.string() });
const example = { jobId: id, status: 'SHELVED' };

const newParcel = z.object({
  route: z.string(), attempts: z.number().default(2), withinMs: z.number().default(3_600_000),
  webhookUrl: z.string().nullable().default(null), dependsOn: dependsOn.default([]),
  onDependencyFailure: onDependencyFailure.default('cancel'),
});

export const scheduledParcels = {
  kind: 'parcel', job: newParcel, example: { job: { route: 'north' } },
} as const satisfies ScheduledContract;

const postParcel = defineRoute({
  name: 'postParcel', method: 'POST', path: '/api/parcels', auth: 'user', tag: 'Jobs', summary: 'Post a parcel',
  body: newParcel, answer: view, status: 201,
  example: { body: { route: 'north' }, answer: example },
});

const recallParcel = defineRoute({
  name: 'recallParcel', method: 'POST', path: '/api/parcels/:id/recall', auth: 'user', tag: 'Jobs',
  summary: 'Have a parcel back', params: z.object({ id: jobId }), answer: view,
  example: { params: { id }, answer: { ...example, status: 'RECALLED' } },
});

const resendParcel = defineRoute({
  name: 'resendParcel', method: 'POST', path: '/api/parcels/:id/resend', auth: 'user', tag: 'Jobs',
  summary: 'Send a parcel again', params: z.object({ id: jobId }), answer: view,
  example: { params: { id }, answer: example },
});

const pickUpParcels = defineRoute({
  name: 'pickUpParcels', method: 'POST', path: '/api/couriers/take', auth: 'worker', tag: 'Jobs', waits: true,
  summary: 'Take parcels', body: z.object({ courier: z.string(), route: z.string(), leaseMs: z.number() }),
  answer: z.object({ parcels: z.array(z.object({ jobId, leaseId: z.string(), attempt: z.number() })) }),
  example: {
    body: { courier: 'c', route: 'north', leaseMs: 60_000 },
    answer: { parcels: [{ jobId: id, leaseId: `${id}~2`, attempt: 1 }] },
  },
});

const deliverParcel = defineRoute({
  name: 'deliverParcel', method: 'POST', path: '/api/couriers/deliver', auth: 'worker', tag: 'Jobs',
  summary: 'Hand a parcel over', body: z.object({ courier: z.string(), leaseId: z.string() }), answer: view,
  errors: ['lease_lost', 'not_found'],
  example: { body: { courier: 'c', leaseId: `${id}~2` }, answer: { ...example, status: 'ARRIVED' } },
});

export const parcelRoutes = table(postParcel, recallParcel, resendParcel, pickUpParcels, deliverParcel);
