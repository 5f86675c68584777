import { declareTable, type VersionedRow } from '../../../ports/store/tables.ts';
import type { RecordReads } from '../../../ports/store/tables.ts';

/** A stored secret, encrypted with the key of the installation. */
export interface StoredSecret extends VersionedRow {
  /** 1 to 253 letters, digits and `. _ - /`. */
  readonly name: string;
  /** AES-256-GCM under the installation's key: nonce and ciphertext, base64. The name is authenticated with it. */
  readonly sealed: string;
  readonly createdBy: string;
  readonly createdAt: number;
  readonly updatedAt: number;
}

export const secretTable = declareTable<StoredSecret>('secrets', {
  key: ['name'],
  columns: { name: 'text', sealed: 'text', createdBy: 'text', createdAt: 'bigint', updatedAt: 'bigint' },
});

const encoder = new TextEncoder();
const nonceBytes = 12;

/** Values that commands are given and nobody is shown. */
export class Secrets {
  readonly #records: RecordReads;
  readonly #key: Promise<CryptoKey>;

  /** @param key 32 bytes */
  constructor(records: RecordReads, key: Uint8Array) {
    this.#records = records;
    // Another key than the one that signs tokens, from the same secret.
    this.#key = crypto.subtle
      .importKey('raw', new Uint8Array(key), 'HKDF', false, ['deriveKey'])
      .then((secret) =>
        crypto.subtle.deriveKey(
          { name: 'HKDF', hash: 'SHA-256', salt: new Uint8Array(), info: encoder.encode('waybill secrets') }, secret,
          { name: 'AES-GCM', length: 256 }, false, ['encrypt', 'decrypt'],
        ),
      );
  }

  async seal(name: string, value: string): Promise<string> {
    const iv = crypto.getRandomValues(new Uint8Array(nonceBytes));
    const options = { name: 'AES-GCM', iv, additionalData: encoder.encode(name) };
    const sealed = new Uint8Array(await crypto.subtle.encrypt(options, await this.#key, encoder.encode(value)));
    return toBase64(new Uint8Array([...iv, ...sealed]));
  }

  /** Of these names, those of which there is no secret. */
  async missing(names: readonly string[]): Promise<readonly string[]> {
    const found = await Promise.all(names.map((name) => this.#records.get(secretTable, [name])));
    return names.filter((_, index) => found[index] === null);
  }

  /** Null when there is none. Throws when it was sealed by another key. */
  async value(name: string): Promise<string | null> {
    const stored = await this.#records.get(secretTable, [name]);
    if (stored === null) return null;
    const bytes = fromBase64(stored.sealed);
    const options = { name: 'AES-GCM', iv: bytes.subarray(0, nonceBytes), additionalData: encoder.encode(name) };
    const opened = await crypto.subtle.decrypt(options, await this.#key, bytes.subarray(nonceBytes));
    return new TextDecoder().decode(opened);
  }
}

function toBase64(bytes: Uint8Array): string {
  return btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(''));
}

function fromBase64(text: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(atob(text), (char) => char.charCodeAt(0));
}
