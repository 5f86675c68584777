import type { Container } from 'dockerode';
import type { Engine } from './engine.ts';
import { reasonFromOutput } from '../../ports/provider-exit.ts';

const mostLines = 50;
const headerBytes = 8;

/** The last part of a container's output, as `reason`; null if it is empty or cannot be read. */
export async function lastOutput(engine: Engine, container: Container, signal: AbortSignal): Promise<string | null> {
  const options = { stdout: true, stderr: true, follow: false, tail: mostLines } as const;
  const log = await engine.call(signal, (abortSignal) => container.logs({ ...options, abortSignal }), {
    // 501: the logging driver does not support reading.
    accept: [404, 409, 500, 501],
  });
  return Buffer.isBuffer(log) ? reasonFromOutput(textOf(log)) : null;
}

/** Each frame has a header: one byte for the stream, three zeros and the payload's length. */
function textOf(log: Buffer): string {
  const pieces: Buffer[] = [];
  for (let at = 0; at + headerBytes <= log.length; ) {
    const end = at + headerBytes + log.readUInt32BE(at + 4);
    pieces.push(log.subarray(at + headerBytes, end));
    at = end;
  }
  return Buffer.concat(pieces).toString('utf8');
}
