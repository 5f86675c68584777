import type { Application } from '../../../application/application.ts';
import { isStoreOutage } from '../../../application/unavailable.ts';
import type { Result } from '../../../contract/errors.ts';
import type { RouteAnswer } from '../../../contract/route.ts';
import type { health, systemRoutes } from '../../../contract/system.ts';
import type { RestLog } from '../exchange.ts';
import type { HandlersFor } from '../serve.ts';

/** What `/api/health` shows to anybody: never a path, an address or a reason. */
export interface HealthReport {
  readonly uptimeSeconds: number;
  /** By what they do: `store`, `objects`. Every one that is listed is needed. */
  readonly parts: RouteAnswer<typeof health>['parts'];
  readonly database: RouteAnswer<typeof health>['database'];
  readonly setup: RouteAnswer<typeof health>['setup'];
}

export function systemHandlers(options: {
  readonly application: Pick<Application, 'ready'>;
  readonly health: () => Promise<HealthReport>;
  readonly version: string;
  readonly logger: RestLog;
}): HandlersFor<typeof systemRoutes> {
  const { application, version, logger } = options;
  // Probes come all the time: what is wrong is logged when it begins, and when it is over.
  let reason: string | null = null;
  const found = (now: string | null): void => {
    if (now !== null && reason === null) logger.warn('not ready', { error: now });
    if (now === null && reason !== null) logger.info('ready again');
    reason = now;
  };
  return {
    live: async () => ({ ok: true, value: { status: 'ok' } }),
    ready: async () => {
      try {
        await application.ready();
        found(null);
        return { ok: true, value: { status: 'ok' } };
      } catch (error) {
        if (!isStoreOutage(error)) found(String(error));
        return unavailable('The server is not ready to take requests; its log says why.');
      }
    },
    health: async () => {
      let report: HealthReport;
      try {
        report = await options.health();
      } catch (error) {
        logger.warn('the health check failed', { error: String(error) });
        return unavailable('The health check failed; the log of the server says why.');
      }
      const down = Object.entries(report.parts).filter(([, part]) => part.status !== 'ok');
      if (down.length === 0) return { ok: true, value: { status: 'ok', version, ...report } };
      const names = down.map(([name]) => name).join(', ');
      return unavailable(`Not available: ${names}.`, { status: 'unavailable', version, ...report });
    },
  };
}

function unavailable(message: string, details?: Readonly<Record<string, unknown>>): Result<never> {
  return {
    ok: false,
    refusal: { code: 'unavailable', message, retryable: true, ...(details === undefined ? {} : { details }) },
  };
}
