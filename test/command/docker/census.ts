import { createInterface } from 'node:readline';
import { Readable } from 'node:stream';
import type Docker from 'dockerode';

/** How many containers a provider has, by the Engine's own events: none is missed, however short it lives. */
export class Census {
  /** Ids of those that are there. */
  readonly #there = new Set<string>();
  readonly #stream: Readable;
  /** The most at once, so far. */
  most = 0;
  /** Ever created. */
  created = 0;

  private constructor(stream: Readable) {
    this.#stream = stream;
    createInterface(stream).on('line', (line) => this.#hear(JSON.parse(line)));
  }

  static async start(docker: Docker, providerId: string): Promise<Census> {
    const label = [`waybill-provider=${providerId}`];
    const filters = JSON.stringify({ type: ['container'], event: ['create', 'destroy'], label });
    return new Census((await docker.getEvents({ filters })) as Readable);
  }

  stop(): void {
    this.#stream.destroy();
  }

  #hear({ Action, Actor }: { readonly Action: string; readonly Actor: { readonly ID: string } }): void {
    if (Action === 'destroy') this.#there.delete(Actor.ID);
    else {
      this.#there.add(Actor.ID);
      this.created += 1;
    }
    this.most = Math.max(this.most, this.#there.size);
  }
}
