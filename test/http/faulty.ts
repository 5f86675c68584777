import type { ServerResponse } from 'node:http';

/** Answers that a server should not give, for test servers. */
export const faulty = {
  cut: (response: ServerResponse): void => void response.destroy(),
  html: (response: ServerResponse): void =>
    void response.writeHead(200, { 'content-type': 'text/html' }).end('<!doctype html><title>Opening soon</title>'),
  status: (status: number, headers: Record<string, string> = {}) => (response: ServerResponse): void =>
    void response.writeHead(status, headers).end('{"errors":"so it is"}'),
  large: (response: ServerResponse): void => void response.writeHead(200).end(' '.repeat(5 * 1024 ** 2)),
};
