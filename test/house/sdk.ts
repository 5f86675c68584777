import { execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** A project that has nothing installed but the SDK, as `npm pack` makes it of a checkout that is built. */
export function installSdk(checkout: string, root: string): { readonly project: string; readonly installed: string } {
  const folder = join(checkout, 'sdk/typescript');
  execFileSync('npm', ['pack', '--ignore-scripts'], { cwd: folder, stdio: 'ignore' });
  const [archive = ''] = readdirSync(folder).filter((name) => name.endsWith('.tgz'));
  const project = join(checkout, 'with-sdk');
  const installed = join(project, 'node_modules/@waybill/sdk');
  mkdirSync(installed, { recursive: true });
  mkdirSync(join(project, 'node_modules/@standard-schema'));
  execFileSync('tar', ['-xzf', join(folder, archive), '-C', installed, '--strip-components=1']);
  // The one package that it depends on, and only for its types.
  symlinkSync(join(root, 'node_modules/@standard-schema/spec'), join(project, 'node_modules/@standard-schema/spec'));
  writeFileSync(join(project, 'package.json'), '{"type":"module"}');
  return { project, installed };
}

/** A program of such a project: what must not compile does not. */
export const typedProgram = `
  import { createClient, createWorker, defineTask, type Answer, type Client, type Schema } from '@waybill/sdk';
  import { createClient as fromClient } from '@waybill/sdk/client';
  import type { SubmitTaskBody, Task } from '@waybill/sdk/types';
  import { createWorker as fromWorker } from '@waybill/sdk/worker';

  declare const schema: Schema<{ name: string }, { name: string }>;
  const greet = defineTask({ type: 'greet', input: schema, output: schema });
  const client: Client = fromClient({ server: 'http://any', token: 'x' });
  const body: SubmitTaskBody = { type: 'greet', data: 1 };
  export const task: Task = await client.submitTask({ body });
  export const same: Answer<'getTask'> = task;
  export const name: string = (await (await client.run(greet, { name: 'Ada' })).result()).name;
  fromWorker({ server: 'http://any', token: 'x', tasks: [greet.handle(async ({ data }, ctx) => {
    await ctx.step('one', () => 1);
    return data;
  })] });
  void createClient;
  // @ts-expect-error: no such field
  void (() => client.submitTask({ body: { typ: 'greet' } }));
  // @ts-expect-error: no such status
  void (task.status === 'pendin');
  // @ts-expect-error: no such field of the input
  void (() => client.run(greet, { nmae: 'Ada' }));
  // @ts-expect-error: not what it gives
  void (() => createWorker({ server: '', token: '', tasks: [greet.handle(() => 1)] }));
`;

/** What is declared of routes beside what the contract says of them. */
export const comparison = (root: string): string => `
  import type { Routes } from '@waybill/sdk/types';
  import type { RouteAnswer, RouteInput } from '${root}src/contract/route.ts';
  import type { Routes as Contract } from '${root}src/main/routes.ts';

  type Fits<One, Other> = [One] extends [Other] ? true : false;
  type Is<One, Other> = Fits<One, Other> & Fits<Other, One>;
  type Name = keyof Contract;
  /** What the SDK lets through and the contract does not, and what is answered and the SDK does not know. */
  type Wrong = {
    [N in Name]: Fits<Routes[N]['input'], RouteInput<Contract[N]>> extends true
      ? Fits<RouteAnswer<Contract[N]>, Routes[N]['answer']> extends true ? never : N
      : N
  }[Name];
  /** What the SDK says is answered and the contract does not. Of files, the client gives the response. */
  type Invented = {
    [N in Name]: Contract[N]['media'] extends string ? never
      : Fits<Routes[N]['answer'], RouteAnswer<Contract[N]>> extends true ? never : N
  }[Name];
  export const allThere: Is<Exclude<Name, keyof Routes> | Exclude<keyof Routes, Name>, never> = true;
  export const noneWrong: Is<Wrong, never> = true;
  export const noneInvented: Is<Invented, never> = true;
  // @ts-expect-error: a comparison that finds nothing would let this pass
  export const different: Is<Routes['getTask'], Contract['submitTask']> = true;
`;
