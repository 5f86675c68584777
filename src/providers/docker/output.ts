import type { Container } from 'dockerode';
import type { Engine } from './engine.ts';
import { reasonFromOutput } from '../../ports/provider-exit.ts';

const mostLines = 50;
const headerBytes = 8;

/** The end of what a container printed, as a reason; null where it printed nothing, or its log cannot be read. */
export async function lastOutput(engine: Engine, container: Container, signal: AbortSignal): Promise<string | null> {
  const options = { stdout: true, stderr: true, follow: false, tail: mostLines } as const;
  const log = await engine.call(signal, (abortSignal) => container.logs({ ...options, abortSignal }), {
    // 501: another way to log, which cannot be read.
    accept: [404, 409, 500, 501],
  });
  return Buffer.isBuffer(log) ? reasonFromOutput(textOf(log)) : null;
}

/** Each piece has a header: its stream, three zeros and its length. */
function textOf(log: Buffer): string {
  const pieces: Buffer[] = [];
  for (let at = 0; at + headerBytes <= log.length; ) {
    const end = at + headerBytes + log.readUInt32BE(at + 4);
    pieces.push(log.subarray(at + headerBytes, end));
    at = end;
  }
  return Buffer.concat(pieces).toString('utf8');
}
