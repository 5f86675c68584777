import { get, type IncomingMessage } from 'node:http';
import { connect, type Socket } from 'node:net';
import { LogStreamService } from '../../../src/contract/proto/generated/waybill/v1/log_stream_service_pb.ts';
import { RpcClient } from '../../../src/worker/grpc/rpc-client.ts';

/** What a follower was told of lines that the writer numbered, too: `line 1 …`, `line 2 …` */
export interface Heard {
  readonly lines: number;
  /** Lines that it was told are not there. */
  readonly dropped: number;
  /** The first thing that was wrong; null: each line came once, in order, or was said to be dropped. */
  readonly problem: string | null;
}

/** Follows the log of a job by Server-Sent Events to its end. */
export async function follow(url: string, token: string, jobId: string, after = 0): Promise<Heard> {
  const response = await new Promise<IncomingMessage>((resolve, reject) => {
    const options = { headers: { authorization: `Bearer ${token}` } };
    get(`${url}/api/jobs/${jobId}/logs/stream?after=${after}`, options, resolve).once('error', reject);
  });
  if (response.statusCode !== 200) throw new Error(`the stream answered ${response.statusCode}`);
  const heard = new Listener(after);
  let rest = '';
  for await (const text of response.setEncoding('latin1')) {
    const blocks = (rest + text).split('\n\n');
    rest = blocks.pop() ?? '';
    for (const block of blocks) heard.event(block);
  }
  return heard.result();
}

/** Follows the log of a job by StreamLogs to its end. */
export async function followByRpc(address: string, token: string, jobId: string): Promise<Heard> {
  const client = new RpcClient({ address, tls: null, token });
  let [lines, number, dropped] = [0, 0, 0];
  let problem: string | null = null;
  try {
    const messages = client.stream(LogStreamService.method.streamLogs, { jobId, follow: true });
    for await (const message of messages) {
      dropped += Number(message.dropped);
      number += Number(message.dropped);
      for (const { sequence, line, isStderr } of message.entries) {
        const isItself = isStderr || line.startsWith(`line ${sequence} `);
        if (Number(sequence) !== number + 1 || !isItself) problem ??= `after line ${number}: ${sequence} ${line}`;
        number = Number(sequence);
        lines += 1;
      }
    }
  } finally {
    client.close();
  }
  return { lines, dropped, problem };
}

class Listener {
  #number: number;
  #lines = 0;
  #dropped = 0;
  #hasEnded = false;
  #problem: string | null = null;

  constructor(after: number) {
    this.#number = after;
  }

  event(block: string): void {
    if (!block.startsWith('id: ')) return;
    const number = Number(block.slice(4, block.indexOf('\n')));
    if (block.includes('\nevent: line\n')) {
      const isItself = block.includes(`"text":"line ${number} `) || block.includes('"stream":"err"');
      if (number !== this.#number + 1 || !isItself) this.#problem ??= `after line ${this.#number}: ${block}`;
      this.#lines += 1;
      this.#number = number;
    } else if (block.includes('\nevent: dropped\n')) {
      const { from, to } = JSON.parse(block.slice(block.indexOf('data: ') + 6)) as { from: number; to: number };
      if (from !== this.#number + 1) this.#problem ??= `after line ${this.#number}: ${block}`;
      this.#dropped += to - from + 1;
      this.#number = to;
    } else if (block.includes('\nevent: end\n')) this.#hasEnded = true;
  }

  result(): Heard {
    const problem = this.#problem ?? (this.#hasEnded ? null : `the stream ended after line ${this.#number}`);
    return { lines: this.#lines, dropped: this.#dropped, problem };
  }
}

/** Asks for the stream, and never reads. Resolves once the server has begun to answer. */
export async function neverRead(url: string, token: string, jobId: string): Promise<Socket> {
  const { hostname, port, host } = new URL(url);
  const socket = connect(Number(port), hostname);
  const headers = `host: ${host}\r\nauthorization: Bearer ${token}`;
  socket.write(`GET /api/jobs/${jobId}/logs/stream HTTP/1.1\r\n${headers}\r\n\r\n`);
  await new Promise((resolve, reject) => {
    socket.once('readable', resolve);
    socket.on('error', reject);
  });
  return socket;
}
