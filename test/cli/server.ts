import { parseConfig } from '../../src/main/config/parse.ts';
import { createLogger } from '../../src/main/node/logger.ts';
import { createPasswordHasher } from '../../src/main/password-hasher.ts';
import { startServer } from '../../src/main/node/server.ts';
import { createClient, type Client } from '../../src/main/client/index.ts';
import { makeFolder, runHere, start, type Ended, type Running } from './program.ts';

export interface TestServer {
  readonly url: string;
  /** A folder for the test's own files, with `home` in it. */
  readonly folder: string;
  /** Runs a command as a user of this server, in this process. */
  as(user: string, args: readonly string[]): Promise<Ended>;
  /** The same in a process of its own. */
  startAs(user: string, args: readonly string[]): Running;
  client(user: string): Client;
  close(): Promise<void>;
}

/** A server in development mode, without a worker, with its data in a folder of its own. */
export async function startTestServer(): Promise<TestServer> {
  const folder = makeFolder();
  const config = parseConfig(['--dev', '--port', '0', '--data', `${folder.path}/data`], {});
  const lines: string[] = [];
  const server = await startServer(config, {
    logger: createLogger('error', (line) => lines.push(line)), hasher: createPasswordHasher({ logN: 10 }),
  });
  const envOf = (user: string): Record<string, string> => ({
    HOME: `${folder.path}/home`,
    WAYBILL_SERVER: server.url,
    WAYBILL_TOKEN: user,
  });
  return {
    url: server.url,
    folder: folder.path,
    as: (user, args) => runHere(args, envOf(user)),
    startAs: (user, args) => start(args, { env: envOf(user) }),
    client: (user) => createClient({ server: server.url, token: user }),
    close: async () => {
      await server.close();
      folder.remove();
      if (lines.length > 0) throw new Error(`the server logged errors:\n${lines.join('')}`);
    },
  };
}
