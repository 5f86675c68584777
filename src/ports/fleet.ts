import type { Provider } from './provider.ts';

/** What a server has for starting workers. */
export interface FleetParts {
  readonly providerTypes: readonly ProviderType[];
  /**
   * The addresses of the servers for agents: `host:port`, separated by commas. `serverHost`: how the workers reach this
   * machine; null if their provider cannot know.
   */
  agentServers(serverHost: string | null): string;
  /** The certificates by which agents know the servers, PEM; null: connections of agents are not encrypted. */
  readonly agentTlsCa: string | null;
  /** The URL of an object as workers reach it; `serverHost` as above. Absent: unchanged. */
  objectUrl?(url: string, serverHost: string | null): string;
  /** Called before the first request to a reachable provider, and repeatedly after that. Never rejects. */
  prepareFor?(provider: Provider): Promise<void>;
  /** Secret of this installation, 32 bytes, the same at every server of one store: of it tokens and keys are made. */
  readonly key: Uint8Array;
  readonly settings: FleetSettings;
}

/** A type of provider that this server supports. */
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
  /** How often providers are asked for what they have; what nobody knows for so long is ended. */
  readonly sweepMs: number;
  /** The time limit of commands whose jobs set none. */
  readonly defaultTimeoutMs: number;
  readonly maxTimeoutMs: number;
  /** How long an upload of what a command leaves behind may go without progress. */
  readonly uploadStallMs: number;
  /** How long all uploads of an attempt may take, however they progress. */
  readonly uploadWithinMs: number;
  /** How long workers of warm pools are kept in lists after their end; others are kept as long as their job. */
  readonly keepWorkersMs: number;
  /** How long a worker may live, unless its job may take longer. */
  readonly workerLifetimeMs: number;
}
