import { option } from './option.ts';
import { perPlan } from '../per-plan.ts';
import { integer } from '../values.ts';

const day = 86_400;
const mebibyte = 1024 ** 2;

export const limitOptions = {
  uploadTimeLimitSeconds: option(
    'limits',
    'UPLOAD_TIME_LIMIT_SECONDS',
    integer('SECONDS', 1, 7 * day),
    '86400',
    'How long a job waits for its upload to be confirmed and to be executed before it expires.',
  ),
  executionTimeLimitSeconds: option(
    'limits',
    'EXECUTION_TIME_LIMIT_SECONDS',
    integer('SECONDS', 1, 7 * day),
    '21600',
    'How long a job may take once it is executed; items without a result by then have failed.',
  ),
  resultUrlSeconds: option(
    'limits',
    'RESULT_URL_SECONDS',
    integer('SECONDS', 1, 7 * day),
    '3600',
    'How long a URL of a result is good.',
  ),
  maxUploadBytes: option(
    'limits',
    'MAX_UPLOAD_BYTES',
    integer('BYTES', 1, 5 * 1024 * mebibyte),
    '52428800',
    'Largest photo (50 MiB).',
  ),
  imageMemoryBytes: option(
    'limits',
    'IMAGE_MEMORY_BYTES',
    integer('BYTES', 256 * mebibyte, 64 * 1024 * mebibyte),
    '2147483648',
    'Memory that the process which restyles photos may take (2 GiB), with --workers images and in `worker images`. ' +
      'A photo that needs more fails.',
  ),
  maxBodyBytes: option(
    'limits',
    'MAX_BODY_BYTES',
    integer('BYTES', 1024, 100 * mebibyte),
    '1048576',
    'Largest request to the API (1 MiB).',
  ),
  maxDeliveries: option(
    'limits',
    'MAX_DELIVERIES',
    integer('COUNT', 1, 100),
    '5',
    'How often a job is handed to workers, those included that give it back, before its items have failed.',
  ),
  maxLostDeliveries: option(
    'limits',
    'MAX_LOST_DELIVERIES',
    integer('COUNT', 1, 100),
    '2',
    'How many workers in a row may die with a job, or not be heard of for a whole lease, without a result for any of ' +
      'its items, before those have failed: more where machines are taken away at any time.',
  ),
  batchConcurrency: option(
    'limits',
    'BATCH_CONCURRENCY',
    integer('COUNT', 1, 200),
    '4',
    'How many photos of one set an image worker is told to do at once, at most (`batch_concurrency` of its message).',
  ),
  quotaUnfinishedTasks: option(
    'limits',
    'QUOTA_UNFINISHED_TASKS',
    perPlan,
    null,
    'Tasks of one owner that have not ended, at most. Unless set, what the plans say; 0: no limit.',
  ),
  quotaStoredTasks: option(
    'limits',
    'QUOTA_STORED_TASKS',
    perPlan,
    null,
    'Tasks that are stored for one owner at most, those that have ended included. As above.',
  ),
  quotaTaskBytes: option(
    'limits',
    'QUOTA_TASK_BYTES',
    perPlan,
    null,
    'Bytes of one owner’s tasks at most: what they were given and what they answered. As above.',
  ),
  quotaStoredSets: option(
    'limits',
    'QUOTA_STORED_SETS',
    perPlan,
    null,
    'Sets of photos that are stored for one owner at most, those that have ended included. As above.',
  ),
  quotaObjectBytes: option(
    'limits',
    'QUOTA_OBJECT_BYTES',
    perPlan,
    null,
    'Bytes of one owner’s photos and results at most. As above.',
  ),
  typesPerOwner: option(
    'limits',
    'TYPES_PER_OWNER',
    integer('COUNT', 0, 1_000),
    '100',
    'Types of task that one owner may have tasks of; 0: no limit but the 1,000 of all owners.',
  ),
  objectRetentionDays: option(
    'limits',
    'OBJECT_RETENTION_DAYS',
    integer('DAYS', 0, 3_650),
    '30',
    'How long results that were delivered are kept after the end of their set; 0 keeps them for ever.',
  ),
  inputRetentionDays: option(
    'limits',
    'INPUT_RETENTION_DAYS',
    integer('DAYS', 0, 3_650),
    '7',
    'How long the photos of a set that is done are kept, for more sets to be made of them. As above.',
  ),
  canceledObjectRetentionHours: option(
    'limits',
    'CANCELED_OBJECT_RETENTION_HOURS',
    integer('HOURS', 0, 87_600),
    '24',
    'How long everything else of a set is kept: photos of one that failed, was canceled or has expired. As above.',
  ),
  retentionDays: option(
    'limits',
    'RETENTION_DAYS',
    integer('DAYS', 0, 3_650),
    '30',
    'How long jobs that have ended are kept, with their events, logs and history, and webhook deliveries; sets of ' +
      'photos at least as long as their objects. 0 keeps them for ever.',
  ),
  sessionHours: option(
    'limits',
    'SESSION_HOURS',
    integer('HOURS', 1, 8_760),
    '12',
    'How long a login with a password is good.',
  ),
  shutdownSeconds: option(
    'limits',
    'SHUTDOWN_SECONDS',
    integer('SECONDS', 0, 3_600),
    '30',
    'How long a server that is told to stop waits for what is under way.',
  ),
  handlersMemoryMb: option(
    'limits',
    'HANDLERS_MEMORY_MB',
    integer('MB', 128, 1_048_576),
    '1024',
    'Memory of a process that runs handlers of tasks (MiB). One that takes more is ended, and its tasks are run again.',
  ),
  handlersBlockedSeconds: option(
    'limits',
    'HANDLERS_BLOCKED_SECONDS',
    integer('SECONDS', 1, 86_400),
    '30',
    'How long handlers of tasks may keep their process from doing anything else before it is ended.',
  ),
};
