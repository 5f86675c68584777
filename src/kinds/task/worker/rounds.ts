import type {
  ExchangeAnswer, Outcome, Report, ReportRequest, TakeAnswer, TakenJob, TakeRequest, WorkTransport,
} from './transport.ts';
import type { SentEntry } from '../contract/exchange.ts';

/** With more reports than that, the tasks that are to follow are asked for beside them, not after them. */
const fewReports = 200;

/** What a request that reports brings back, too. */
export interface Ride {
  readonly wanted: Pick<TakeRequest, 'types' | 'limit' | 'leaseMs'>;
  /** To be called once; null: the request has failed. */
  readonly over: (answer: TakeAnswer | null) => void;
}

/**
 * How the reports and takes of a worker reach its server: in exchanges, of which one may report and one may wait for
 * tasks; few reports bring back tasks in the same request. At a server that has no exchanges, each by its own route.
 */
export class Rounds {
  readonly #transport: WorkTransport;
  readonly #ride: () => Ride | null;
  #hasExchanges: boolean;

  /** @param ride what is to be taken by a request that reports; null: nothing */
  constructor(transport: WorkTransport, ride: () => Ride | null) {
    this.#transport = transport;
    this.#ride = ride;
    this.#hasExchanges = transport.exchange !== undefined;
  }

  /** Whether a take is worth a look at what is to be reported. */
  get mayRide(): boolean {
    return this.#hasExchanges;
  }

  async take(request: TakeRequest, signal: AbortSignal): Promise<TakeAnswer> {
    const { limit, ...rest } = request;
    const answer = await this.#exchange({ ...rest, take: limit }, signal);
    return answer === null ? this.#transport.take(request, signal) : taken(answer);
  }

  async report({ workerId, reports }: ReportRequest, signal: AbortSignal): Promise<readonly Outcome[]> {
    const answer = this.#hasExchanges ? await this.#reportAndTake({ workerId, reports }, signal) : null;
    if (answer === null) return (await this.#transport.report({ workerId, reports }, signal)).outcomes;
    return outcomes(reports, answer);
  }

  async #reportAndTake({ workerId, reports }: ReportRequest, signal: AbortSignal): Promise<ExchangeAnswer | null> {
    const ride = reports.length < fewReports ? this.#ride() : null;
    let answer: ExchangeAnswer | null = null;
    try {
      const { limit: take = 0, ...wanted } = ride?.wanted ?? {};
      answer = await this.#exchange({ workerId, done: reports.map(entryOf), take, ...wanted }, signal);
    } finally {
      ride?.over(answer && taken(answer));
    }
    return answer;
  }

  /** Null: this server has none. */
  async #exchange(
    request: Parameters<NonNullable<WorkTransport['exchange']>>[0],
    signal: AbortSignal,
  ): Promise<ExchangeAnswer | null> {
    if (!this.#hasExchanges) return null;
    const answer = await this.#transport.exchange!(request, signal);
    if (answer === null) this.#hasExchanges = false;
    return answer;
  }
}

function entryOf({ leaseId, type, ...content }: Report): SentEntry {
  const id = taskOf(leaseId);
  const token = Number(leaseId.slice(id.length + 1));
  if (type === 'release') return [id, token, type];
  return [id, token, type, type === 'complete' ? (content as { readonly result?: unknown }).result : content];
}

/** The id that a lease id begins with. */
function taskOf(leaseId: string): string {
  return leaseId.slice(0, leaseId.lastIndexOf('.'));
}

const stored: Outcome = { ok: true };
const calledOff: Outcome = { ok: true, status: 'canceled', cancelRequested: true };

function outcomes(reports: readonly Report[], { refused, calledOff: ids }: ExchangeAnswer): readonly Outcome[] {
  const all = new Array<Outcome>(reports.length).fill(stored);
  if (ids.length > 0) {
    const those = new Set(ids);
    for (const [index, { leaseId }] of reports.entries()) {
      if (those.has(taskOf(leaseId))) all[index] = calledOff;
    }
  }
  for (const [index, code, message] of refused) all[index] = { ok: false, error: { code, message } };
  return all;
}

function taken({ tasks, now, leasedUntil }: ExchangeAnswer): TakeAnswer {
  return { tasks: tasks.map((task) => takenJob(task, leasedUntil ?? now)), now };
}

function takenJob(task: ExchangeAnswer['tasks'][number], leasedUntil: string): TakenJob {
  const { id, type, data, attempt, maxAttempts, createdAt, createdById, totalItems = null, steps } = task;
  return {
    leaseId: `${id}.${task.token}`, id, type, data, attempt, maxAttempts, createdAt, createdById, totalItems,
    leasedUntil: task.leasedUntil ?? leasedUntil,
    timeoutAt: task.timeoutAt ?? null,
    traceparent: task.traceparent ?? null,
    ...(steps !== undefined && { steps }),
  };
}
