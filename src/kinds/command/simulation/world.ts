import { gunzipSync, gzipSync } from 'node:zlib';
import type { FleetParts } from '../../../ports/fleet.ts';
import type { Gzip } from '../../../ports/gzip.ts';
import type { KindParts } from '../../../services/kind-runtime.ts';
import type { Life } from '../../../testing/simulator/life.ts';
import { Lives, type LivesOptions } from '../../../testing/simulator/lives.ts';
import type { ServerParts } from '../../../testing/simulator/server.ts';
import { Audit } from './audit.ts';
import type { Outside } from './outside.ts';
import { SimulatedFiles } from './files.ts';
import { SimulatedProvider } from './provider.ts';
import { RunBook } from './run-book.ts';
import { SecretBook } from './secret-book.ts';

const gzip: Gzip = {
  pack: async (bytes) => gzipSync(bytes),
  unpack: async (bytes, maxOutputLength, read) => read(gunzipSync(bytes, { maxOutputLength })),
};
const fleetSettings: FleetParts['settings'] = {
  registerWithinMs: 30_000, leaseMs: 20_000, heartbeatMs: 5_000, sweepMs: 15_000, defaultTimeoutMs: 60_000,
  maxTimeoutMs: 3_600_000, uploadStallMs: 60_000, uploadWithinMs: 600_000, keepWorkersMs: 604_800_000,
  workerLifetimeMs: 7_200_000,
};

/** Servers that run command jobs on one store, providers, agents and the time. */
export class CommandWorld extends Lives implements Outside {
  override readonly audit: Audit;
  readonly book: RunBook;
  readonly secrets = new SecretBook();
  readonly files: SimulatedFiles;
  readonly leaseMs = fleetSettings.leaseMs;
  readonly providers: readonly SimulatedProvider[];
  readonly #parts: KindParts;

  /** @param parts of command jobs */
  constructor(options: LivesOptions, parts: KindParts) {
    super(options, 'command');
    this.#parts = parts;
    this.audit = new Audit(options.store.open(), this.secrets);
    this.files = new SimulatedFiles(this.objects, () => this.clock.now());
    this.book = new RunBook(this.audit.mayRunBeside);
    this.providers = ['north', 'south'].map((name) => new SimulatedProvider(name, this));
    this.bootAll();
  }

  watch(work: Promise<void>): void {
    work.catch((error: unknown) => void (this.fatal ??= error));
  }

  protected override partsOf(life: Life): Pick<ServerParts, 'kinds' | 'fleet' | 'gzip'> {
    const fleet: FleetParts = {
      providerTypes: [{
        name: 'simulated', problems: () => null,
        make: async ({ config }) => this.providers.find(({ name: one }) => one === config['name'])!.of(life),
      }],
      agentServers: () => 'servers:50051', key: new Uint8Array(32).fill(7), settings: fleetSettings,
      agentTlsCa: null,
    };
    return { kinds: [this.#parts], fleet, gzip };
  }
}
