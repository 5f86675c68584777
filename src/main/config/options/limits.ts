import { pictureLimits, pictureLimitsText } from '../../../domain/picture-limits.ts';
import { option } from './option.ts';
import { perPlan } from '../per-plan.ts';
import { jobQuotas } from '../job-quotas.ts';
import { choice, integer } from '../values.ts';

const day = 86_400;
const mebibyte = 1024 ** 2;

export const limitOptions = {
  uploadTimeLimitSeconds: option(
    'limits',
    'UPLOAD_TIME_LIMIT_SECONDS',
    integer('SECONDS', 1, 7 * day),
    '86400',
    'How long an image set may wait for its upload to be confirmed and for its execution before it expires.',
  ),
  executionTimeLimitSeconds: option(
    'limits',
    'EXECUTION_TIME_LIMIT_SECONDS',
    integer('SECONDS', 1, 7 * day),
    '21600',
    'How long an executed image set may take; after that, items without a result fail.',
  ),
  resultUrlSeconds: option(
    'limits',
    'RESULT_URL_SECONDS',
    integer('SECONDS', 1, 7 * day),
    '3600',
    'How long the URL of a result is valid.',
  ),
  maxUploadBytes: option(
    'limits',
    'MAX_UPLOAD_BYTES',
    integer('BYTES', 1, 5 * 1024 * mebibyte),
    String(pictureLimits.bytes),
    `Maximum size of an upload. The built-in worker restyles photos of at most ${pictureLimitsText}.`,
  ),
  imageMemoryBytes: option(
    'limits',
    'IMAGE_MEMORY_BYTES',
    integer('BYTES', 256 * mebibyte, 64 * 1024 * mebibyte),
    '2147483648',
    'Memory limit of the process that restyles photos (2 GiB), for --workers images and `worker images`. A photo ' +
      'that needs more fails.',
  ),
  maxBodyBytes: option(
    'limits',
    'MAX_BODY_BYTES',
    integer('BYTES', 1024, 100 * mebibyte),
    '1048576',
    'Maximum size of an API request (1 MiB).',
  ),
  maxDeliveries: option(
    'limits',
    'MAX_DELIVERIES',
    integer('COUNT', 1, 100),
    '5',
    'How often a message is delivered to workers, including those that release it, before the remaining items of ' +
      'its job fail.',
  ),
  maxLostDeliveries: option(
    'limits',
    'MAX_LOST_DELIVERIES',
    integer('COUNT', 1, 100),
    '2',
    'How many workers in a row may die, or lose their lease, while they have a job and without any result, before ' +
      'its remaining items fail. Raise it if machines may be preempted at any time.',
  ),
  batchConcurrency: option(
    'limits',
    'BATCH_CONCURRENCY',
    integer('COUNT', 1, 200),
    '4',
    'How many photos of one set an image worker may process concurrently (`batch_concurrency` of its message).',
  ),
  quotaJobs: option(
    'limits',
    'QUOTA_JOBS',
    jobQuotas,
    null,
    'What is kept of the jobs of a kind for one owner at most: `unfinished` those that have not ended, `stored` all, ' +
      '`bytes` of what they were given and what they answered. Unless set, what the kind says ' +
      '(docs/guides/disk-space.md).',
  ),
  quotaObjectBytes: option(
    'limits',
    'QUOTA_OBJECT_BYTES',
    perPlan,
    null,
    'Bytes of one owner’s objects (photos and results) at most. Unless set, what the plan says.',
  ),
  typesPerOwner: option(
    'limits',
    'TYPES_PER_OWNER',
    integer('COUNT', 0, 1_000),
    '100',
    'Maximum number of task types of one owner; 0: only the limit of 1,000 for all owners.',
  ),
  objectRetentionDays: option(
    'limits',
    'OBJECT_RETENTION_DAYS',
    integer('DAYS', 0, 3_650),
    '30',
    'How long delivered results are kept after their set has ended; 0: forever.',
  ),
  inputRetentionDays: option(
    'limits',
    'INPUT_RETENTION_DAYS',
    integer('DAYS', 0, 3_650),
    '7',
    'How long the photos of a set that is done are kept, so that more sets can be created from them; 0: forever.',
  ),
  canceledObjectRetentionHours: option(
    'limits',
    'CANCELED_OBJECT_RETENTION_HOURS',
    integer('HOURS', 0, 87_600),
    '24',
    'How long all other objects of a set are kept, such as photos of a set that failed, was canceled or expired; ' +
      '0: forever.',
  ),
  retentionDays: option(
    'limits',
    'RETENTION_DAYS',
    integer('DAYS', 0, 3_650),
    '30',
    'How long jobs are kept after their end, with their events, logs and history, and webhook deliveries; image ' +
      'sets at least as long as their objects. 0: forever.',
  ),
  auditRetentionDays: option(
    'limits',
    'AUDIT_RETENTION_DAYS',
    integer('DAYS', 1, 3_650),
    '365',
    'How long is kept what administrators and operators changed (`GET /api/audit`).',
  ),
  sessionHours: option(
    'limits',
    'SESSION_HOURS',
    integer('HOURS', 1, 8_760),
    '12',
    'How long a password login is valid.',
  ),
  shutdownSeconds: option(
    'limits',
    'SHUTDOWN_SECONDS',
    integer('SECONDS', 0, 3_600),
    '30',
    'How long a server that is shutting down waits for requests and work in progress.',
  ),
  handlersMemoryMb: option(
    'limits',
    'HANDLERS_MEMORY_MB',
    integer('MB', 128, 1_048_576),
    '1024',
    'Memory limit of a process that runs task handlers (MiB). A process that exceeds it is killed, and its tasks ' +
      'are run again.',
  ),
  handlersBlockedSeconds: option(
    'limits',
    'HANDLERS_BLOCKED_SECONDS',
    integer('SECONDS', 1, 86_400),
    '30',
    'How long task handlers may block the event loop of their process before it is killed.',
  ),
  handlersCaptureConsole: option(
    'limits',
    'HANDLERS_CAPTURE_CONSOLE',
    choice('true', 'false', 'only'),
    'true',
    'Whether what task handlers print by `console` goes to the logs of their tasks. `only`: and no more to the log ' +
      'of the server.',
  ),
};
