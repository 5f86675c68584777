import type { OptionValues } from '../../config/options.ts';
import { startTracing } from '../../node/tracing/start.ts';
import { version } from '../../version.ts';
import { ok, warn, type Finding } from './finding.ts';

/** Who may read the metrics. */
export function checkMetrics({ dev, metricsToken, metricsPort }: OptionValues): Finding {
  if (metricsToken !== undefined) return ok('metrics', 'for whoever has the token of METRICS_TOKEN');
  if (metricsPort !== undefined) {
    return ok('metrics', 'for whoever reaches the port of METRICS_PORT: keep it from the outside');
  }
  if (dev) return ok('metrics', 'for everybody, in development mode');
  return ok('metrics', 'for this machine alone; METRICS_TOKEN or METRICS_PORT lets others read them');
}

/** Whether spans would be sent. Nothing where they are not wanted. */
export async function checkTracing(env: Readonly<Record<string, string | undefined>>): Promise<readonly Finding[]> {
  const findings: Finding[] = [];
  const advice = 'docs/guides/telemetry.md says how to trace.';
  const tracing = await startTracing(env, {
    service: 'waybill', version, warn: (message) => void findings.push(warn('tracing', message, advice)),
  });
  if (tracing === null) return findings;
  await tracing.stop(0);
  return [...findings, ok('tracing', `spans are sent to ${tracing.url}`)];
}
