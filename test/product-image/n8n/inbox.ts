import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { json } from 'node:stream/consumers';

/** Where a chat's incoming webhook posts to: it keeps the messages. */
export class Inbox {
  readonly messages: { readonly text: string }[] = [];
  readonly #server = createServer(async (request, response) => {
    this.messages.push(await json(request) as { text: string });
    response.end('ok');
  });

  async start(): Promise<this> {
    await once(this.#server.listen(0, '127.0.0.1'), 'listening');
    return this;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}/services/T1/B1/secret`;
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}
