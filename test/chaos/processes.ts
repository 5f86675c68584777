import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileOfProgram, programFile } from '../cli/program-file.ts';
import { freePort } from '../postgres/embedded.ts';

const worker = fileOfProgram('test/chaos/worker.ts');

/** A process that can be killed, frozen and started again, under the same name and address. */
export class Victim {
  readonly name: string;
  readonly #start: () => ChildProcess;
  readonly #ready: string;
  #child: ChildProcess | null = null;
  #said = '';

  /** `ready`: what it prints once it works. */
  constructor(name: string, start: () => ChildProcess, ready: string) {
    this.name = name;
    this.#start = start;
    this.#ready = ready;
  }

  /** What the process under way has printed, its last 20,000 characters. */
  get said(): string {
    return this.#said;
  }

  async start(): Promise<void> {
    const child = this.#start();
    this.#child = child;
    this.#said = '';
    await new Promise<void>((resolve, reject) => {
      const read = (chunk: Buffer): void => {
        this.#said = (this.#said + chunk.toString()).slice(-20_000);
        if (this.#said.includes(this.#ready)) resolve();
      };
      child.stdout?.on('data', read);
      child.stderr?.on('data', read);
      child.once('exit', (code, signal) => {
        reject(new Error(`${this.name} ended with ${code ?? signal}:\n${this.#said}`));
      });
    });
  }

  async stop(signal: 'SIGTERM' | 'SIGKILL'): Promise<void> {
    const child = this.#child;
    if (child === null || child.exitCode !== null || child.signalCode !== null) return;
    const gone = once(child, 'exit');
    child.kill('SIGCONT');
    child.kill(signal);
    await gone;
  }

  freeze(): void {
    this.#child?.kill('SIGSTOP');
  }

  thaw(): void {
    this.#child?.kill('SIGCONT');
  }
}

export async function serverVictim(
  name: string,
  databaseUrl: string,
  folder: string,
  more: { readonly args?: readonly string[]; readonly env?: Readonly<Record<string, string>> } = {},
): Promise<Victim & { readonly url: string }> {
  const port = await freePort();
  const data = join(folder, name);
  mkdirSync(data, { recursive: true });
  const args = [programFile, 'serve', '--dev', '--port', String(port), '--data', data, ...(more.args ?? [])];
  const env = { ...process.env, DATABASE_URL: databaseUrl, LOG_LEVEL: 'info', ...more.env };
  const start = (): ChildProcess => spawn(process.execPath, args, { env, stdio: ['ignore', 'pipe', 'pipe'] });
  return Object.assign(new Victim(name, start, '"message":"listening"'), { url: `http://127.0.0.1:${port}` });
}

export function workerVictim(name: string, server: string, leaseMs: number): Victim {
  let starts = 0;
  const start = (): ChildProcess => {
    starts += 1;
    const args = [worker, server, `${name}-${starts}`, String(leaseMs)];
    return spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'pipe'] });
  };
  return new Victim(name, start, 'working');
}
