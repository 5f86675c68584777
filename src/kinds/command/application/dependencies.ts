import type { Dependencies } from '../../../application/dependencies.ts';
import type { LogWriter } from '../../../application/logs/log-writer.ts';
import type { FleetParts } from '../../../ports/fleet.ts';
import type { AgentTokens } from './agent-tokens.ts';
import type { LiveProviders } from './live-providers.ts';
import type { Secrets } from './secrets.ts';

export interface CommandDependencies extends Dependencies {
  readonly fleet: FleetParts;
  readonly providers: LiveProviders;
  readonly tokens: AgentTokens;
  readonly secrets: Secrets;
  readonly logs: LogWriter;
}
