/** What the API server sends. */
import type { ServerResponse } from 'node:http';
import type { Change, KubeObject, Objects } from './objects.ts';

export function answer(response: ServerResponse, code: number, body: object): void {
  response.writeHead(code, { 'Content-Type': 'application/json' }).end(JSON.stringify(body));
}

const status = (code: number, reason: string, message: string, details: object) => ({
  kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Failure', message, reason, details, code,
});

export function refuse(response: ServerResponse, code: number, reason: string, message: string, details = {}): void {
  answer(response, code, status(code, reason, message, details));
}

/** By the labels that a list or a watch asks for. */
export function selector(url: URL): (object: KubeObject) => boolean {
  const pairs = (url.searchParams.get('labelSelector') ?? '').split(',').filter(Boolean).map((pair) => pair.split('='));
  return ({ metadata }) => pairs.every(([name = '', value]) => metadata.labels?.[name] === value);
}

/** Streams changes, one JSON text a line; of a version that is forgotten, an event of type ERROR with status 200. */
export function watch(objects: Objects, namespace: string, url: URL, response: ServerResponse): void {
  const isWanted = selector(url);
  const name = url.searchParams.get('fieldSelector')?.replace('metadata.name=', '');
  response.writeHead(200, { 'Content-Type': 'application/json' }).flushHeaders();
  const send = (event: object): void => void response.write(`${JSON.stringify(event)}\n`);
  const earlier = objects.since(Number(url.searchParams.get('resourceVersion')));
  if (earlier === null) {
    send({ type: 'ERROR', object: status(410, 'Expired', 'too old resource version', {}) });
    response.end();
    return;
  }
  const onChange = ({ type, object }: Change): void => {
    const { metadata } = object;
    if (metadata.namespace !== namespace || (name !== undefined && metadata.name !== name)) return;
    if (isWanted(object)) send({ type, object });
  };
  earlier.forEach(onChange);
  objects.listeners.add(onChange);
  response.on('close', () => objects.listeners.delete(onChange));
}
