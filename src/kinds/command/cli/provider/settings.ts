import { anyText, oneOf, optional, pairsFlag, wholeNumber } from '../../../../transports/cli/flag.ts';
import { jsonPlaceholder, readJsonValue } from '../../../../transports/cli/json-value.ts';
import { UsageProblem } from '../../../../transports/cli/usage-problem.ts';

/** The settings of a provider that are given at registration and can be changed. */
export const settingFlags = {
  config: optional(jsonPlaceholder, anyText, 'What is particular to its type: an object. Not for secrets.'),
  priority: optional('N', wholeNumber(-1_000, 1_000), 'The provider with the greatest is chosen first. Default: 0.'),
  maxWorkers: optional('N', wholeNumber(1, 10_000), 'Workers at once. Default: 10.'),
  warm: optional('N', wholeNumber(0, 1_000), 'Workers that are kept ready for jobs. Default: 0.'),
  warmIdle: optional('SECONDS', wholeNumber(1, 86_400), 'How long one may be idle until it is replaced. Default: 600.'),
  warmJobs: optional('N', wholeNumber(1, 10_000), 'Jobs that one runs, one after the other. Default: 1.'),
  warmShared: optional('yes|no', oneOf('yes', 'no'), 'Whether one may run jobs of several owners. Default: no.'),
  label: pairsFlag('NAME=VALUE', 'Label that jobs may require; repeat the flag for several.'),
};

interface Settings {
  readonly config: string | undefined;
  readonly priority: number | undefined;
  readonly maxWorkers: number | undefined;
  readonly warm: number | undefined;
  readonly warmIdle: number | undefined;
  readonly warmJobs: number | undefined;
  readonly warmShared: 'yes' | 'no' | undefined;
  readonly label: Readonly<Record<string, string>> | undefined;
}

/** Those that were given, as a request has them. Throws UsageProblem when the configuration is no JSON object. */
export function readSettings({ config, priority, maxWorkers, label, ...settings }: Settings) {
  const pool = readPool(settings);
  return {
    ...(Object.keys(pool).length > 0 && { pool }),
    ...(config !== undefined && { config: readConfig(config) }),
    ...(priority !== undefined && { priority }),
    ...(maxWorkers !== undefined && { maxWorkers }),
    ...(label !== undefined && { labels: label }),
  };
}

function readPool({
  warm, warmIdle, warmJobs, warmShared,
}: Pick<Settings, 'warm' | 'warmIdle' | 'warmJobs' | 'warmShared'>) {
  return {
    ...(warm !== undefined && { size: warm }),
    ...(warmIdle !== undefined && { idleMs: warmIdle * 1_000 }),
    ...(warmJobs !== undefined && { jobsPerWorker: warmJobs }),
    ...(warmShared !== undefined && { shared: warmShared === 'yes' }),
  };
}

function readConfig(text: string): Readonly<Record<string, unknown>> {
  const config = readJsonValue('--config', text);
  if (typeof config === 'object' && config !== null && !Array.isArray(config)) return { ...config };
  throw new UsageProblem('--config must be a JSON object, such as {"network":"bridge"}');
}
