import core from '../../../../migrations/sqlite/0001_core.sql';
import jobs from '../../../../migrations/sqlite/0002_jobs.sql';
import lists from '../../../../migrations/sqlite/0003_lists.sql';
import accounts from '../../../../migrations/sqlite/0004_accounts.sql';
import history from '../../../../migrations/sqlite/0005_history.sql';
import queue from '../../../../migrations/sqlite/0007_queue.sql';
import work from '../../../../migrations/sqlite/0008_work.sql';
import logs from '../../../../migrations/sqlite/0009_logs.sql';
import people from '../../../../migrations/sqlite/0010_people.sql';
import schedules from '../../../../migrations/sqlite/0011_schedules.sql';
import webhooks from '../../../../migrations/sqlite/0012_webhooks.sql';
import counters from '../../../../migrations/sqlite/0013_counters.sql';
import stepTimes from '../../../../migrations/sqlite/0016_step_times.sql';
import endedInHours from '../../../../migrations/sqlite/0017_ended_in_hours.sql';
import plans from '../../../../migrations/sqlite/0018_plans.sql';
import themes from '../../../../migrations/sqlite/0020_themes.sql';

/** Of a cell: all but what belongs to kinds that are not there. */
export const cellParts = [
  { version: 1, name: 'core', script: core },
  { version: 2, name: 'jobs', script: jobs },
  { version: 3, name: 'lists', script: lists },
  { version: 4, name: 'accounts', script: accounts },
  { version: 5, name: 'history', script: history },
  { version: 7, name: 'queue', script: queue },
  { version: 8, name: 'work', script: work },
  { version: 9, name: 'logs', script: logs },
  { version: 10, name: 'people', script: people },
  { version: 11, name: 'schedules', script: schedules },
  { version: 12, name: 'webhooks', script: webhooks },
  { version: 13, name: 'counters', script: counters },
  { version: 16, name: 'step_times', script: stepTimes },
  { version: 17, name: 'ended_in_hours', script: endedInHours },
  { version: 18, name: 'plans', script: plans },
  { version: 20, name: 'themes', script: themes },
] as const;
