import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { Logger } from '../../ports/world.ts';
import { lastForwarded } from '../../transports/access/forwarded.ts';
import { ConnectionCounts } from './connection-counts.ts';
import type { ErrorText } from './error-text.ts';
import { PipelinedRequests } from './pipelined-requests.ts';
import { RareWarnings } from './rare-warnings.ts';
import { TurnedAway } from './turned-away.ts';
import { UnreadAnswers } from './unread-answers.ts';

export interface ConnectionLimits {
  readonly maxConnections: number;
  /** 0: no limit. With `trustProxy`: requests at once of one address behind the proxy. */
  readonly maxConnectionsPerAddress: number;
  /** Longest time in which a client reads nothing of what it is sent. */
  readonly unreadAnswerMs: number;
  readonly maxUnreadBytes: number;
  readonly trustProxy: boolean;
}

/** Once the server is told to stop: longest silence of a client that owes bytes, or is owed some. */
const drainingSilenceMs = 2_000;
/** How long the rest of a body that nobody wants may come after its answer. */
const restOfBodyMs = 2_000;

/** The connections of a server with the requests on them: how many there may be, how long they may be silent. */
export class Connections {
  readonly #limits: ConnectionLimits;
  readonly #warnings: RareWarnings;
  readonly #unread: UnreadAnswers;
  readonly #sockets = new Map<Socket, PipelinedRequests>();
  readonly #counts: ConnectionCounts;
  readonly #turnedAway: TurnedAway;
  #draining = false;

  constructor(limits: ConnectionLimits, logger: Logger) {
    this.#limits = limits;
    this.#warnings = new RareWarnings(logger);
    this.#counts = new ConnectionCounts(limits.maxConnectionsPerAddress);
    this.#turnedAway = new TurnedAway(limits.maxConnections);
    this.#unread = new UnreadAnswers(limits.maxUnreadBytes);
  }

  watch(server: Server): void {
    server.timeout = this.#limits.unreadAnswerMs;
    server.on('connection', (socket: Socket) => this.#accept(socket));
    server.on('timeout', (socket: Socket) => this.#silent(socket));
  }

  /** Serves a request when it is its turn, or turns it away. */
  take(request: IncomingMessage, response: ServerResponse, serve: (refused: ErrorText | null) => void): void {
    const { socket } = request;
    if (this.#turnedAway.take(request, response)) return;
    const begin = (): void => {
      response.once('close', () => {
        // A client that was answered owes us the rest of its body, or another request could not begin.
        if (!request.complete) setTimeout(() => request.complete || socket.destroy(), restOfBodyMs).unref();
      });
      serve(this.#refusalOf(request, response));
    };
    // One that was turned away as it came has its answer already.
    if (this.#sockets.get(socket)?.add(request, response, begin) !== true) socket.destroySoon();
  }

  /** Once the answer was written, as far as it depends on us. */
  answered(response: ServerResponse): void {
    this.#unread.add(response);
  }

  /** From now on connections without a request are closed, and those that fall silent within one. */
  drain(): void {
    this.#draining = true;
    for (const [socket, requests] of this.#sockets) {
      if (requests.isIdle) socket.destroy();
      else socket.setTimeout(Math.min(drainingSilenceMs, this.#limits.unreadAnswerMs));
    }
  }

  closeIdle(): void {
    for (const [socket, requests] of this.#sockets) if (requests.isIdle) socket.destroy();
  }

  #accept(socket: Socket): void {
    const address = socket.remoteAddress ?? '';
    const { maxConnections, trustProxy } = this.#limits;
    if (this.#draining) return void socket.destroy();
    const isFull = this.#sockets.size >= maxConnections;
    const release = isFull ? null : trustProxy ? () => {} : this.#counts.take(address);
    if (release === null) {
      const option = isFull ? 'MAX_CONNECTIONS' : 'MAX_CONNECTIONS_PER_ADDRESS';
      this.#warnings.warn(`connections are turned away: ${option} is reached`, { address });
      return this.#turnedAway.add(socket, isFull ? noConnection : tooManyConnections);
    }
    const requests = new PipelinedRequests();
    this.#sockets.set(socket, requests);
    socket.once('close', () => {
      this.#sockets.delete(socket);
      release();
      setImmediate(() => requests.close());
    });
  }

  #refusalOf(request: IncomingMessage, response: ServerResponse): ErrorText | null {
    const { room, cut } = this.#unread.makeRoom();
    if (cut > 0) this.#warnings.warn('answers that nobody read were cut off: MAX_UNREAD_BYTES is used up', { cut });
    if (!room) return noMemory;
    return this.#limits.trustProxy ? this.#beginForwarded(request, response) : null;
  }

  /** Nothing came or went for as long as is allowed. A request that we are at, or that waits, is in its right. */
  #silent(socket: Socket): void {
    const requests = this.#sockets.get(socket);
    const unread = socket.writableLength > 0;
    const owes = unread || requests === undefined || requests.isIdle || (this.#draining && requests.isUnfinished);
    if (!owes) return;
    if (unread && !this.#draining) {
      this.#warnings.warn('an answer that nobody read was cut off', { address: socket.remoteAddress });
    }
    socket.destroy();
  }

  #beginForwarded(request: IncomingMessage, response: ServerResponse): ErrorText | null {
    const forwarded = lastForwarded(String(request.headers['x-forwarded-for'] ?? ''));
    if (forwarded === null) return null;
    const release = this.#counts.take(forwarded);
    if (release === null) {
      const address = forwarded;
      this.#warnings.warn('requests are turned away: MAX_CONNECTIONS_PER_ADDRESS is reached', { address });
      return tooManyConnections;
    }
    response.once('close', release);
    return null;
  }
}

const tooManyConnections: ErrorText = {
  status: 429,
  code: 'rate_limit',
  message: 'Too many connections from your address: close some and try again.',
};
const noConnection: ErrorText = {
  status: 503,
  code: 'unavailable',
  message: 'The server has reached its limit of connections: try again.',
};
const noMemory: ErrorText = {
  status: 503,
  code: 'unavailable',
  message: 'Too many responses are waiting to be read by clients: try again.',
};
