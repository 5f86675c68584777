import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';

/**
 * What a proxy that pools transactions (PgBouncer with `pool_mode = transaction`) does to its clients: each
 * transaction goes to another server connection, the one that was idle for longest, so that nothing that a client
 * leaves in a session is there the next time. Parameters of a session are refused when a client connects, and
 * statements with a name when it prepares them, as by older ones.
 * https://www.postgresql.org/docs/current/protocol-message-formats.html
 */
export interface PoolingProxy {
  /** The same database, through the proxy. */
  readonly url: string;
  /** Server connections that each have had a transaction. */
  readonly used: number;
  close(): Promise<void>;
}

const poolSize = 3;

export async function startPoolingProxy(url: string): Promise<PoolingProxy> {
  const target = new URL(url);
  const used = new Set<Backend>();
  const backends = await Promise.all(Array.from({ length: poolSize }, () => Backend.open(target)));
  const idle = [...backends];
  const queue: ((backend: Backend) => void)[] = [];
  const take = async (): Promise<Backend> => {
    const backend = idle.shift() ?? (await new Promise<Backend>((resolve) => queue.push(resolve)));
    used.add(backend);
    return backend;
  };
  const release = (backend: Backend): void => {
    const next = queue.shift();
    if (next === undefined) idle.push(backend);
    else next(backend);
  };
  const clients = new Set<Socket>();
  const server = createServer({ noDelay: true }, (socket) => {
    clients.add(socket);
    socket.on('error', () => {}).on('close', () => clients.delete(socket));
    void serve(socket, take, release);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const through = new URL(url);
  through.port = String((server.address() as AddressInfo).port);
  return {
    url: through.href,
    get used() {
      return used.size;
    },
    close: async () => {
      for (const client of clients) client.destroy();
      for (const { socket } of backends) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}

/** One connection to PostgreSQL, lent to one client after the other. */
class Backend {
  readonly socket: Socket;
  onMessage: (type: string, message: Buffer) => void = () => {};

  static async open({ hostname, port, username, pathname }: URL): Promise<Backend> {
    const socket = connect({ port: Number(port), host: hostname, noDelay: true });
    socket.on('error', () => {});
    await once(socket, 'connect');
    const backend = new Backend(socket);
    const body = Buffer.from(`user\0${username}\0database\0${pathname.slice(1)}\0\0`);
    socket.write(Buffer.concat([int32(body.length + 8), int32(196_608), body]));
    await new Promise<void>((resolve) => {
      backend.onMessage = (type) => {
        if (type === 'Z') resolve();
      };
    });
    return backend;
  }

  constructor(socket: Socket) {
    this.socket = socket;
    onMessages(socket, (type, message) => this.onMessage(type, message));
  }
}

async function serve(
  client: Socket,
  take: () => Promise<Backend>,
  release: (backend: Backend) => void,
): Promise<void> {
  if (!(await welcome(client))) return;
  let backend: Backend | null = null;
  /** Answers (ReadyForQuery) that are still to come. */
  let outstanding = 0;
  let working: Promise<void> = Promise.resolve();
  onMessages(client, (type, message) => {
    // In the order in which they came: the first waits for a connection.
    working = working.then(async () => {
      if (type === 'X') return client.end() && undefined;
      if (type === 'P' && message[5] !== 0) {
        client.end(refusal('0A000', 'this proxy takes no prepared statement with a name'));
        return;
      }
      if (backend === null) {
        const taken = await take();
        backend = taken;
        taken.onMessage = (kind, answer) => {
          client.write(answer);
          if (kind !== 'Z') return;
          outstanding -= 1;
          if (outstanding > 0 || String.fromCharCode(answer[5] ?? 0) !== 'I') return;
          backend = null;
          release(taken);
        };
      }
      if (type === 'S' || type === 'Q') outstanding += 1;
      backend.socket.write(message);
    });
  });
}

/** Takes the client's first message and says that it is in; false when it asked for what no proxy gives. */
async function welcome(client: Socket): Promise<boolean> {
  const [first] = (await once(client, 'data')) as [Buffer];
  const words = first.subarray(8).toString().split('\0');
  const unknown = ['options', 'statement_timeout'].find((name) => words.includes(name));
  if (unknown !== undefined) {
    client.end(refusal('08P01', `unsupported startup parameter: ${unknown}`));
    return false;
  }
  const allIsWell = Buffer.from('R\0\0\0\x08\0\0\0\0Z\0\0\0\x05I', 'latin1');
  client.write(allIsWell);
  return true;
}

function refusal(code: string, text: string): Buffer {
  const body = Buffer.from(`SFATAL\0VFATAL\0C${code}\0M${text}\0\0`);
  return Buffer.concat([Buffer.from('E'), int32(body.length + 4), body]);
}

function int32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32BE(value);
  return bytes;
}

/** Cuts what a socket receives into messages: one letter, the length of the rest, the rest. */
function onMessages(socket: Socket, take: (type: string, message: Buffer) => void): void {
  let rest = Buffer.alloc(0);
  socket.on('data', (data) => {
    rest = Buffer.concat([rest, data]);
    while (rest.length >= 5) {
      const length = rest.readInt32BE(1) + 1;
      if (rest.length < length) return;
      take(String.fromCharCode(rest[0] ?? 0), rest.subarray(0, length));
      rest = rest.subarray(length);
    }
  });
}
