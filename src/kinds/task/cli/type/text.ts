import type { RouteAnswer } from '../../../../contract/route.ts';
import { argument } from '../../../../transports/cli/command.ts';
import { plain, table } from '../../../../transports/cli/output.ts';
import type { TaskRoutes } from '../client.ts';

type WorkType = RouteAnswer<TaskRoutes['listWorkTypes']>['types'][number];

export const typeArgument = argument('TYPE', 'Task type, such as import_voters.', 'type');

export function typeTable(types: readonly WorkType[]): string {
  return table(
    ['TYPE', 'PAUSED', 'AT ONCE', 'PER KEY', 'STARTS', 'ATTEMPTS', 'TIMEOUT', 'FOUND BY'],
    types.map(({ type, paused, limits: { maxRunning, maxRunningPerKey, rate }, defaults, searchable }) => [
      plain(type),
      paused ? 'yes' : 'no',
      maxRunning === null ? '-' : String(maxRunning),
      String(maxRunningPerKey),
      rate === null ? '-' : `${rate.count} in ${rate.windowMs / 1_000} s`,
      String(defaults.maxAttempts),
      defaults.timeout === null ? '-' : `${defaults.timeout / 1_000} s`,
      searchable.join(',') || '-',
    ]),
  );
}
