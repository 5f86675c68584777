import type { RouteAnswer, RouteInput } from '../../../contract/route.ts';
import type { exchangeTasks, SentEntry } from '../contract/exchange.ts';
import type { heartbeatTasks, reportTasks, startChildTasks, takeTasks } from '../contract/work.ts';
import type { SentReport } from '../contract/work-report.ts';

export type TakeRequest = RouteInput<typeof takeTasks>['body'];
export type TakeAnswer = RouteAnswer<typeof takeTasks>;
export type TakenJob = TakeAnswer['tasks'][number];
export type Report = SentReport;
export type ReportRequest = Omit<RouteInput<typeof reportTasks>['body'], 'reports'> & {
  readonly reports: readonly Report[];
};
export type ReportAnswer = RouteAnswer<typeof reportTasks>;
export type Outcome = ReportAnswer['outcomes'][number];
export type ExchangeRequest = Omit<RouteInput<typeof exchangeTasks>['body'], 'done'> & {
  readonly done?: readonly SentEntry[];
};
export type ExchangeAnswer = RouteAnswer<typeof exchangeTasks>;
export type HeartbeatRequest = RouteInput<typeof heartbeatTasks>['body'];
export type HeartbeatAnswer = RouteAnswer<typeof heartbeatTasks>;

export type ChildrenRequest = RouteInput<typeof startChildTasks>['body'];
export type NewChild = ChildrenRequest['tasks'][number];
export type StartedChild = RouteAnswer<typeof startChildTasks>['children'][number];

/**
 * How a worker speaks to its server: by HTTP, or in the same process. Each may reject with a `RequestError`, which says
 * whether waiting helps; after anything else that is thrown the worker waits and tries again. All of them end soon
 * after the signal is aborted.
 */
export interface WorkTransport {
  take(request: TakeRequest, signal: AbortSignal): Promise<TakeAnswer>;
  report(request: ReportRequest, signal: AbortSignal): Promise<ReportAnswer>;
  /**
   * `report` and `take` in one. Null where the server has none of these, an older one. Left out where a request costs
   * nothing.
   */
  exchange?(request: ExchangeRequest, signal: AbortSignal): Promise<ExchangeAnswer | null>;
  heartbeat(request: HeartbeatRequest, signal: AbortSignal): Promise<HeartbeatAnswer>;
  /** In the order of the request. */
  startChildren(request: ChildrenRequest, signal: AbortSignal): Promise<readonly StartedChild[]>;
}
