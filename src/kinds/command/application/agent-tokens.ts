import { hex, sha256Hex } from '../../../application/fingerprint.ts';

const encoder = new TextEncoder();

/**
 * Tokens of agents. They are not stored: a server makes them again from its key, so that a worker which is provisioned
 * twice because a server died in between is given the same one. What is stored is their SHA-256.
 */
export class AgentTokens {
  readonly #key: Promise<CryptoKey>;

  /** @param key 32 bytes */
  constructor(key: Uint8Array) {
    const raw = new Uint8Array(key);
    this.#key = crypto.subtle.importKey('raw', raw, { name: 'HMAC', hash: 'SHA-256' }, false, ['sign']);
  }

  /** The one that the agent of a worker registers with. */
  registration(workerId: string): Promise<string> {
    return this.#sign(`register:${workerId}`);
  }

  /** The one that it reconnects with, once it is registered. */
  session(workerId: string): Promise<string> {
    return this.#sign(`session:${workerId}`);
  }

  hash(token: string): Promise<string> {
    return sha256Hex(token);
  }

  async #sign(text: string): Promise<string> {
    return hex(new Uint8Array(await crypto.subtle.sign('HMAC', await this.#key, encoder.encode(text))));
  }
}
