import type { ScheduleView } from '../../src/application/schedules/schedules.ts';
import type { StoredDelivery } from '../../src/ports/store/webhook-store.ts';

const id = '01935a3e-7c1d-7e62-9f10-3b6c5a8d2e41';
const at = Date.parse('2026-11-22T09:30:00.000Z');

const task = { type: 'import_voters', data: { file: 'voters.csv' }, timeout: 60_000 };
const schedule: ScheduleView = {
  schedule: {
    id, ownerId: 'mira', name: 'nightly', cron: '30 2 * * *', timeZone: 'Europe/Berlin', kind: 'task',
    jobType: 'import_voters', template: { job: task, createdBy: null }, missed: 'once', enabled: true, nextAt: at,
    lastAt: at, lastJobId: id, version: 2, createdAt: at, updatedAt: at,
  },
  job: task,
  upcoming: [at],
  ownerDisabled: false,
  kindUnknown: false,
};
const delivery: StoredDelivery = {
  id, jobId: id, ownerId: 'mira', url: 'https://shop.example/hook', eventType: 'job.completed',
  traceparent: null, body: '{}',
  state: 'delivered', attempt: 1, dueAt: null, createdAt: at, endedAt: at,
};
const secrets = [
  { ownerId: 'mira', secret: 'whsec_bmV3', createdAt: at, expiresAt: null },
  { ownerId: 'mira', secret: 'whsec_b2xk', createdAt: at, expiresAt: at },
];

/** What the methods around tasks answer: schedules and webhooks. */
export const outreachAnswers = {
  schedules: {
    create: schedule,
    list: { schedules: [schedule], nextCursor: null },
    get: schedule,
    replace: schedule,
    delete: null,
    trigger: { jobId: id, isNew: true },
  },
  webhooks: {
    secrets,
    rotateSecret: secrets,
    deliveries: { deliveries: [delivery], nextCursor: null },
    delivery: { delivery, attempts: [{ at, status: 204, error: null, body: '', durationMs: 12 }] },
    replay: delivery,
    test: delivery,
    disabled: [{ url: delivery.url, disabledAt: at }],
    enable: null,
  },
};
