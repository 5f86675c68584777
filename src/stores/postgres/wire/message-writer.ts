/**
 * Writes messages of PostgreSQL's protocol one after the other into one buffer, which grows as it has to.
 * https://www.postgresql.org/docs/current/protocol-message-formats.html
 */
export class MessageWriter {
  #bytes = Buffer.allocUnsafe(65_536);
  #at = 0;

  /** Forgets what was written. */
  reset(): void {
    this.#at = 0;
    if (this.#bytes.length > mostKept) this.#bytes = Buffer.allocUnsafe(65_536);
  }

  /** A copy of all that was written. */
  copy(): Buffer {
    return Buffer.from(this.#bytes.subarray(0, this.#at));
  }

  /** A message, whose length is put in front of what `body` writes. */
  message(type: string, body?: () => void): void {
    this.#room(1);
    this.#bytes[this.#at++] = type.charCodeAt(0);
    this.sized(4, body);
  }

  /** What `body` writes, with its length in bytes before it, which counts `counted` bytes more. */
  sized(counted: 0 | 4, body?: () => void): void {
    const start = this.#at;
    this.int32(0);
    body?.();
    this.#bytes.writeInt32BE(this.#at - start - 4 + counted, start);
  }

  /** Throws a RangeError when it does not fit. */
  int16(value: number): void {
    this.#room(2);
    this.#at = this.#bytes.writeInt16BE(value, this.#at);
  }

  /** Throws a RangeError unless it is an integer that fits. */
  int32(value: number): void {
    if ((value | 0) !== value) throw new RangeError(`${value} is no integer of 32 bits`);
    this.#room(4);
    this.#at = this.#bytes.writeInt32BE(value, this.#at);
  }

  /** Throws a RangeError unless it is an integer that a number holds exactly. */
  int64(value: number): void {
    if (!Number.isSafeInteger(value)) throw new RangeError(`${value} is no integer of 53 bits`);
    this.#room(8);
    const high = Math.floor(value / 2 ** 32);
    this.#at = this.#bytes.writeInt32BE(high, this.#at);
    this.#at = this.#bytes.writeUInt32BE(value - high * 2 ** 32, this.#at);
  }

  float64(value: number): void {
    this.#room(8);
    this.#at = this.#bytes.writeDoubleBE(value, this.#at);
  }

  byte(value: number): void {
    this.#room(1);
    this.#bytes[this.#at++] = value;
  }

  bytes(value: Uint8Array): void {
    this.#room(value.byteLength);
    this.#bytes.set(value, this.#at);
    this.#at += value.byteLength;
  }

  /** As UTF-8, with its length in bytes before it. */
  text(value: string): void {
    this.#room(4 + value.length * mostBytesOfUnit);
    const length = this.#bytes.write(value, this.#at + 4);
    this.#bytes.writeInt32BE(length, this.#at);
    this.#at += 4 + length;
  }

  /** As UTF-8, with a zero behind it. */
  name(value: string): void {
    this.#room(1 + value.length * mostBytesOfUnit);
    this.#at += this.#bytes.write(value, this.#at);
    this.#bytes[this.#at++] = 0;
  }

  #room(bytes: number): void {
    const needed = this.#at + bytes;
    if (needed <= this.#bytes.length) return;
    const larger = Buffer.allocUnsafe(Math.max(this.#bytes.length * 2, needed));
    this.#bytes.copy(larger, 0, 0, this.#at);
    this.#bytes = larger;
  }
}

/** UTF-8 takes three bytes at most for a unit of UTF-16. */
const mostBytesOfUnit = 3;
/** A larger buffer is let go of when its messages have been sent. */
const mostKept = 4_194_304;
