import type { ErrorCode } from '../../../contract/error-codes.ts';
import type { ReportResult, WorkReport } from '../application/reporting.ts';
import type { ReadReport } from '../contract/work-report.ts';

export function reportOf(report: ReadReport): WorkReport {
  return report.type === 'complete' || report.type === 'step' ? { ...report, result: report.result ?? null } : report;
}

/** Why one was not stored, as the wire has it. */
export function whyRefused(
  { refusal }: ReportResult & { readonly ok: false },
): { readonly code: ErrorCode; readonly message: string } {
  const { code, message } = refusal ?? serverFault;
  return { code, message };
}

const serverFault = { code: 'internal', message: 'The server failed; its log has the details.' } as const;
