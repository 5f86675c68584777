import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { refusalText, refuse, type ErrorText } from './error-text.ts';

/** How long a client may take to say what it wants. */
const patienceMs = 1_000;

/**
 * Connections that are too many. They are answered after their request has come: a socket that is closed with something
 * unread is reset, and its client would see ECONNRESET in place of the answer. So many of them are waited for; beyond
 * that they are answered as they come.
 */
export class TurnedAway {
  readonly #most: number;
  readonly #refusals = new Map<Socket, ErrorText>();

  constructor(most: number) {
    this.#most = most;
  }

  add(socket: Socket, refused: ErrorText): void {
    const end = (): void => void socket.end(refusalText(refused), () => socket.destroy());
    if (this.#refusals.size >= this.#most) return end();
    this.#refusals.set(socket, refused);
    const impatient = setTimeout(() => (socket.bytesWritten === 0 ? end() : socket.destroySoon()), patienceMs);
    socket.once('close', () => {
      clearTimeout(impatient);
      this.#refusals.delete(socket);
    });
  }

  /** Whether the request is of one of them: then it will be answered. */
  take(request: IncomingMessage, response: ServerResponse): boolean {
    const refused = this.#refusals.get(request.socket);
    if (refused === undefined) return false;
    const answer = (): void => refuse(response, refused);
    // Who asks first does not send the body.
    if (request.headers.expect !== undefined) answer();
    else request.resume().once('end', answer);
    return true;
  }
}
