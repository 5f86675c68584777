import type { Provider } from './provider.ts';

/** What a server has for starting workers. */
export interface FleetParts {
  readonly providerTypes: readonly ProviderType[];
  /**
   * Where agents find the servers, `host:port` separated by commas. `serverHost`: how the workers reach this machine;
   * null where their provider cannot tell.
   */
  agentServers(serverHost: string | null): string;
  /** A URL of an object, as workers reach it; `serverHost` as above. Absent: as it is. */
  objectUrl?(url: string, serverHost: string | null): string;
  /** Called before a provider that answers is asked for workers, and then now and again. Never rejects. */
  prepareFor?(provider: Provider): Promise<void>;
  /** Secret of this installation, 32 bytes, the same at every server of one store: of it tokens and keys are made. */
  readonly key: Uint8Array;
  readonly settings: FleetSettings;
}

/** A sort of provider that a server can talk to. */
export interface ProviderType {
  /** As `Provider.type`. */
  readonly name: string;
  /** What is wrong with a configuration, by field; null when it is good. */
  problems(config: Readonly<Record<string, unknown>>): Readonly<Record<string, string>> | null;
  /** @param options `providerId`: a UUID */
  make(options: { readonly providerId: string; readonly config: Readonly<Record<string, unknown>> }): Promise<Provider>;
}

/** All in milliseconds. */
export interface FleetSettings {
  /** How long a worker's agent may take to register. */
  readonly registerWithinMs: number;
  /** How long an agent may be silent before its job is taken from it. */
  readonly leaseMs: number;
  readonly heartbeatMs: number;
  /** How long a command may run unless its job says otherwise. */
  readonly defaultTimeoutMs: number;
  readonly maxTimeoutMs: number;
  /** How long a worker may live. */
  readonly workerLifetimeMs: number;
}
