/** Of one send, at most: each may be large. */
const most = 50;
/** As it is now, whatever the code that runs here makes of it. */
const soon = queueMicrotask;

/** Sends together what is said in a row: to write to a channel, and to be woken by it, costs more than small words. */
export class Gathered<T> {
  readonly #send: (all: readonly T[]) => void;
  #waiting: T[] = [];

  constructor(send: (all: readonly T[]) => void) {
    this.#send = send;
  }

  add(one: T): void {
    this.#waiting.push(one);
    if (this.#waiting.length === 1) soon(() => this.flush());
    else if (this.#waiting.length >= most) this.flush();
  }

  /** Before something else is said. */
  flush(): void {
    if (this.#waiting.length === 0) return;
    const all = this.#waiting;
    this.#waiting = [];
    this.#send(all);
  }
}
