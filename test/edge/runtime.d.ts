/** What the Workers test runtime brings, as far as it is used. */
declare module 'cloudflare:test' {
  type Stub = object;
  interface State {
    readonly storage: import('../../src/main/cloudflare/bindings.ts').DurableObjectContext['storage'];
  }
  /** Runs inside the object. */
  function runInDurableObject<T, R>(stub: Stub, work: (instance: T, state: State) => R | Promise<R>): Promise<R>;
  /** Rings the alarm now, if one is set: whether it did. */
  function runDurableObjectAlarm(stub: Stub): Promise<boolean>;
  /** Takes the object out of memory; what it stored stays. */
  function evictDurableObject(stub: Stub): Promise<void>;
  function evictAllDurableObjects(): Promise<void>;
  function applyD1Migrations(database: unknown, migrations: unknown): Promise<void>;
  function createExecutionContext(): import('../../src/main/cloudflare/bindings.ts').ExecutionContext;
  function waitOnExecutionContext(context: object): Promise<void>;
}

declare module 'cloudflare:workers' {
  const env: import('../../src/main/cloudflare/bindings.ts').Bindings & { readonly D1_MIGRATIONS: unknown };
}

declare module '*.md?raw' {
  const text: string;
  export default text;
}
