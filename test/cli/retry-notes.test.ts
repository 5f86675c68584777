import { expect, it } from 'vitest';
import type { ClientOptions } from '../../src/client/index.ts';
import { createContext } from '../../src/transports/cli/context.ts';

it('says once in a while that a server is away, however many streams wait for it', () => {
  const notes: string[] = [];
  let options: ClientOptions | null = null;
  const context = createContext({
    connect: (given) => {
      options = given;
      return {} as never;
    },
    kindTexts: {} as never, output: { note: (text: string) => notes.push(text) } as never, env: {}, envFiles: [],
    signal: new AbortController().signal, server: 'http://127.0.0.1:1', token: 'ada',
  });
  context.client();
  const retry = (message: string) => options!.onRetry!({ message } as never, 200);
  for (let times = 0; times < 10; times += 1) retry('Nothing listens there.');
  expect(notes).toEqual(['Nothing listens there. Trying again in 0.2 s.']);
  retry('The server is busy.');
  retry('Nothing listens there.');
  expect(notes.slice(1)).toEqual([
    'The server is busy. Trying again in 0.2 s.', 'Nothing listens there. Trying again in 0.2 s.',
  ]);
});
