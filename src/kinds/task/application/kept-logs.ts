import type { KindLogs } from '../../../application/logs/kind-logs.ts';

/** Of the log of one task. */
export const keptTaskLogs: KindLogs = { keepLines: 10_000, keepBytes: 10 * 1_048_576, minObjectBytes: 65_536 };
