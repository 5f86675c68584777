import type { Subject } from '../../../transports/cli/job/subject.ts';

/** What `waybill task get` and its like are about. */
export const tasks: Subject = { noun: 'task', title: 'Task', kind: 'task' };
