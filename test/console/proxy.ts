import { once } from 'node:events';
import { createServer, request } from 'node:http';
import type { AddressInfo } from 'node:net';
import { onTestFinished } from 'vitest';

/** A proxy in front of a server, which knows nothing of it. `path`: below which it has it, such as `/tools/waybill`. */
export async function startProxy(server: { readonly url: string }, path = '') {
  const { port } = new URL(server.url);
  let isCut = false;
  const proxy = createServer((incoming, outgoing) => {
    if (isCut) return void incoming.destroy();
    if (!incoming.url!.startsWith(`${path}/`)) return void outgoing.writeHead(404).end();
    const { method, headers } = incoming;
    const passed = request({ port, path: incoming.url!.slice(path.length), method, headers }, (answer) => {
      outgoing.writeHead(answer.statusCode!, answer.headers);
      answer.pipe(outgoing);
    });
    passed.on('error', () => outgoing.destroy());
    outgoing.on('close', () => passed.destroy());
    incoming.pipe(passed);
  });
  await once(proxy.listen(0, '127.0.0.1'), 'listening');
  onTestFinished(() => {
    proxy.closeAllConnections();
    proxy.close();
  });
  return {
    url: `http://127.0.0.1:${(proxy.address() as AddressInfo).port}${path}`,
    /** Ends every connection, and takes no more until it is mended. */
    cut(): void {
      isCut = true;
      proxy.closeAllConnections();
    },
    mend(): void {
      isCut = false;
    },
  };
}
