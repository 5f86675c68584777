import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface TestPhoto {
  readonly imageUrl: string;
  readonly sha256: string;
}

/** Whoever has the photos of a supplier: what is put here is there, and what it was told to answer. */
export class PhotoServer {
  readonly #answers = new Map<string, (response: ServerResponse) => void>();
  /** Paths that were asked for, in order. */
  readonly requests: string[] = [];
  readonly #server = createServer(({ url = '' }, response) => {
    this.requests.push(url);
    const answer = this.#answers.get(url);
    if (answer === undefined) response.writeHead(404).end();
    else answer(response);
  });

  async start(): Promise<this> {
    await once(this.#server.listen(0, '127.0.0.1'), 'listening');
    return this;
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  /** The photo's URL, and its hash. */
  put(bytes: Uint8Array, name = 'photo.jpg'): TestPhoto {
    const sha256 = createHash('sha256').update(bytes).digest('hex');
    const imageUrl = this.answer(`/${sha256.slice(0, 12)}/${name}`, (response) => void response.end(bytes));
    return { imageUrl, sha256 };
  }

  /** The URL of what answers so. */
  answer(path: string, answer: (response: ServerResponse) => void): string {
    this.#answers.set(path, answer);
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}${path}`;
  }
}

let photos = 0;

/** What begins and ends like a JPEG, and is like no other; large enough for a test of sizes. */
export function photoBytes(size = 64): Uint8Array {
  const bytes = new Uint8Array(Math.max(16, size));
  bytes.set([0xff, 0xd8, 0xff, 0xe0]);
  new DataView(bytes.buffer).setUint32(4, ++photos);
  new DataView(bytes.buffer).setUint32(8, process.pid);
  bytes.set([0xff, 0xd9], bytes.length - 2);
  return bytes;
}
