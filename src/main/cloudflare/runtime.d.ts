/** The modules that the Workers runtime and its bundler bring, as far as they are used. */

declare module 'cloudflare:workers' {
  /** https://developers.cloudflare.com/durable-objects/api/base/ */
  abstract class DurableObject<Env> {
    protected readonly ctx: import('./bindings.ts').DurableObjectContext;
    protected readonly env: Env;
    constructor(ctx: import('./bindings.ts').DurableObjectContext, env: Env);
  }
}

/** The bundler makes a text of every SQL file. */
declare module '*.sql' {
  const script: string;
  export default script;
}
