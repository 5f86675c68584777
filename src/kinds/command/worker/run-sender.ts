import type { OutputFile } from './files/outputs.ts';
import type { UploadTarget } from './files/transfers.ts';
import type { PackedLines } from './log/packer.ts';
import type { RunLog } from './log/run-log.ts';
import { timestampOf, type ResultInit, type Run, type Saying } from './messages.ts';

const retryMs = 1_000;

interface Asked {
  readonly message: Saying;
  resolve(targets: readonly UploadTarget[]): void;
  reject(error: Error): void;
}

/** Sends the server everything about one run until it is acknowledged, and again after each reconnect. */
export class RunSender {
  readonly #run: Run;
  readonly #say: (message: Saying) => void;
  #started: Saying | null = null;
  #log: RunLog | null = null;
  #inFlight: PackedLines | null = null;
  #asked: Asked | null = null;
  #asking: Promise<unknown> = Promise.resolve();
  #result: Saying | null = null;
  #onLogSent: (() => void) | null = null;
  readonly #acknowledged: Promise<void>;
  #acknowledge!: () => void;
  #isOver = false;

  constructor(run: Run, { say }: { readonly say: (message: Saying) => void }) {
    this.#run = run;
    this.#say = say;
    this.#acknowledged = new Promise((resolve) => void (this.#acknowledge = resolve));
  }

  accept(): void {
    this.#say({ case: 'accepted', value: { run: this.#run } });
  }

  start(pid: number, startedAt: number): void {
    const value = { run: this.#run, pid: BigInt(pid), startedAt: timestampOf(startedAt) };
    this.#started = { case: 'started', value };
    this.#say(this.#started);
  }

  sendLog(log: RunLog): void {
    this.#log = log;
    log.onReady = () => this.#sendLines();
  }

  /** Where files are to be uploaded to. One request after the other. @throws when the server does not want them */
  askForUploads(files: readonly OutputFile[]): Promise<readonly UploadTarget[]> {
    const asking = this.#asking.then(() => this.#ask(files));
    this.#asking = asking.catch(() => {});
    return asking;
  }

  #ask(files: readonly OutputFile[]): Promise<readonly UploadTarget[]> {
    const value = { run: this.#run, files: files.map(({ path, size }) => ({ path, size: BigInt(size) })) };
    const message: Saying = { case: 'uploadRequest', value };
    return new Promise((resolve, reject) => {
      if (this.#isOver) return reject(new Error('nobody wants them'));
      this.#asked = { message, resolve, reject };
      this.#say(message);
    });
  }

  /** Sent after the complete log. Resolves when it is acknowledged or no longer needed. */
  async finish(result: ResultInit): Promise<void> {
    const sent = new Promise<void>((resolve) => void (this.#onLogSent = resolve));
    this.#checkLog();
    await Promise.race([sent, this.#acknowledged]);
    if (this.#isOver) return;
    this.#result = { case: 'result', value: { ...result, run: this.#run } };
    this.#say(this.#result);
    await this.#acknowledged;
  }

  resume(throughLine: number): void {
    if (this.#isOver) return;
    this.accept();
    if (this.#started !== null) this.#say(this.#started);
    this.#inFlight = null;
    this.#log?.acknowledge(throughLine);
    this.#sendLines();
    if (this.#asked !== null) this.#say(this.#asked.message);
    if (this.#result !== null) this.#say(this.#result);
  }

  logAcknowledged(throughLine: number): void {
    if (this.#log?.acknowledge(throughLine)) this.#inFlight = null;
    this.#sendLines();
  }

  uploadsGranted(targets: readonly UploadTarget[]): void {
    const asked = this.#asked;
    this.#asked = null;
    asked?.resolve(targets);
  }

  resultAcknowledged(): void {
    if (this.#result !== null) this.abandon();
  }

  /** Nothing more is said. */
  abandon(): void {
    this.#isOver = true;
    this.#asked?.reject(new Error('nobody wants them'));
    this.#acknowledge();
  }

  /** By what it must have been about: one thing after the other is waited for. */
  rejected(retryable: boolean, message: string): void {
    if (retryable) {
      // Whatever it was, it is said again as after a reconnect.
      setTimeout(() => this.resume(0), retryMs).unref();
    } else if (this.#inFlight !== null) {
      this.#log?.dropNext();
      this.#inFlight = null;
      this.#sendLines();
    } else if (this.#asked !== null) {
      const asked = this.#asked;
      this.#asked = null;
      asked.reject(new Error(message));
    } else if (this.#result !== null) this.abandon();
  }

  #sendLines(): void {
    if (this.#inFlight !== null || this.#isOver || this.#log === null) return;
    const next = this.#log.next();
    if (next !== null) {
      this.#inFlight = next;
      const { firstLine, ...lines } = next;
      this.#say({ case: 'logBatch', value: { run: this.#run, firstLine: BigInt(firstLine), ...lines } });
    }
    this.#checkLog();
  }

  #checkLog(): void {
    if (this.#log === null || this.#log.isSent) this.#onLogSent?.();
  }
}
