import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { createClient } from '../../src/main/client/index.ts';
import { connectPath } from '../../src/kinds/command/worker/messages.ts';
import { openCall, type CallEnd } from '../../src/kinds/command/worker/connection/call.ts';
import { startTestServer, type StartedServer } from '../server/server.ts';

const folder = fileURLToPath(new URL('../server/golden/tls/', import.meta.url));
const files = (name: string) => ({
  GRPC_TLS_CERT: `${folder}${name}.pem`, GRPC_TLS_KEY: `${folder}${name}.key.pem`,
});
const start = (env: Readonly<Record<string, string>>): Promise<StartedServer> => (
  startTestServer({ GRPC_PORT: '0', ...env })
);

async function stateOf({ url }: StartedServer): Promise<string> {
  const ada = createClient({ server: url, token: 'ada' });
  const { id } = await ada.submitCommand({ body: { command: 'true' } });
  const ended = async () => (await ada.listCommands({ query: { limit: 1 } })).jobs.find(
    (job) => job.id === id && job.endedAt !== null,
  );
  await expect.poll(ended, { timeout: 30_000 }).toBeDefined();
  return (await ended())!.state;
}

/** How a call ends of an agent that has no token of the server's. */
function endOfCall({ grpcAddress }: StartedServer, ca: string): Promise<CallEnd> {
  const call = openCall({
    address: grpcAddress!, tlsCa: readFileSync(`${folder}${ca}.pem`, 'utf8'), path: connectPath, connectMs: 10_000,
    maxMessageBytes: 1_000, onMessage: () => {}, onHeard: () => {},
  });
  call.end();
  return call.ended;
}

describe('an agent of a server whose gRPC is encrypted', () => {
  test('knows it by a certificate that has signed itself, for whatever host', async () => {
    const server = await start(files('alone'));
    expect(await stateOf(server)).toBe('SUCCEEDED');
    expect((await endOfCall(server, 'ca')).message).toMatch(/certificate/);
  });

  test('knows it by its own certificate, whoever has signed that', async () => {
    expect(await stateOf(await start(files('server')))).toBe('SUCCEEDED');
  });

  test('knows it by GRPC_TLS_CA, and by the name of its host then', async () => {
    const server = await start({ ...files('server'), GRPC_TLS_CA: `${folder}ca.pem` });
    expect(await stateOf(server)).toBe('SUCCEEDED');
    expect(await endOfCall(server, 'ca')).toMatchObject({ code: 'invalid_request' });
    const elsewhere = await start({ ...files('server'), WAYBILL_HOST: '127.0.0.2' });
    expect((await endOfCall(elsewhere, 'ca')).message).toContain('does not match');
    expect(await endOfCall(elsewhere, 'server')).toMatchObject({ code: 'invalid_request' });
  });

  test.each([
    ['none', 'GRPC_TLS_CA cannot be read'], ['server.key', 'GRPC_TLS_CA has no certificates in PEM'],
  ])('is promised no certificates of %s.pem', async (name, problem) => {
    await expect(start({ ...files('server'), GRPC_TLS_CA: `${folder}${name}.pem` })).rejects.toThrow(problem);
  });
});
