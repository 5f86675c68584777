/** The modules that the Workers runtime and its bundler bring, as far as they are used. */

declare module 'cloudflare:workers' {
  /** https://developers.cloudflare.com/durable-objects/api/base/ */
  abstract class DurableObject<Env> {
    protected readonly ctx: import('./bindings.ts').DurableObjectContext;
    protected readonly env: Env;
    constructor(ctx: import('./bindings.ts').DurableObjectContext, env: Env);
  }
  /** Goes on when the request that is under way has been answered, or is gone. */
  function waitUntil(work: Promise<unknown>): void;
}

/** The bundler makes a text of every SQL file. */
declare module '*.sql' {
  const script: string;
  export default script;
}
