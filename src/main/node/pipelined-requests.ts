import type { IncomingMessage, ServerResponse } from 'node:http';

/** That are served at once; others wait for their turn. */
const maxServed = 16;
/** That are under way, those that wait included: they are in memory. */
const maxUnderWay = 1_000;

/** The requests of one connection. More than one is there only if the client does not wait for answers (pipelining). */
export class PipelinedRequests {
  readonly #underWay = new Map<ServerResponse, IncomingMessage>();
  readonly #waiting: (() => void)[] = [];
  #served = 0;

  get isIdle(): boolean {
    return this.#underWay.size === 0;
  }

  /** Whether some of a request is still to come. */
  get isUnfinished(): boolean {
    return [...this.#underWay.values()].some(({ complete }) => !complete);
  }

  /** False when there are too many. Else `serve` is called, now or when it is the request's turn. */
  add(request: IncomingMessage, response: ServerResponse, serve: () => void): boolean {
    if (this.#underWay.size >= maxUnderWay) return false;
    this.#underWay.set(response, request);
    if (this.#served < maxServed) this.#serve(response, serve);
    else this.#waiting.push(() => this.#serve(response, serve));
    return true;
  }

  /** Ends what is under way when the connection is closed: Node tells it to the first answer alone. */
  close(): void {
    this.#waiting.length = 0;
    for (const response of this.#underWay.keys()) response.emit('close');
    this.#underWay.clear();
  }

  #serve(response: ServerResponse, serve: () => void): void {
    this.#served += 1;
    response.once('close', () => {
      this.#served -= 1;
      this.#underWay.delete(response);
      this.#waiting.shift()?.();
    });
    serve();
  }
}
