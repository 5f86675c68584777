import { LogWriter } from '../../../application/logs/log-writer.ts';
import type { KindLogs } from '../../../application/logs/kind-logs.ts';
import type { Dependencies } from '../../../application/dependencies.ts';
import type { RequestContext } from '../../../application/request.ts';
import type { Result } from '../../../domain/errors.ts';
import { AgentTokens } from './agent-tokens.ts';
import { Agents } from './agents.ts';
import { artifactsOf, createUploads, type Artifacts, type FileToUpload, type UploadTarget } from './artifacts.ts';
import { submitCommand, type SubmitCommand, type SubmittedCommand } from './commands.ts';
import type { FleetParts } from '../../../ports/fleet.ts';
import type { CommandJob } from '../domain/types.ts';
import type { CommandDependencies } from './dependencies.ts';
import { Fleet } from './fleet.ts';
import { cancelCommand, getCommand, listCommands, type CancelCommand, type ListCommands, type ListedCommands } from
  './jobs.ts';
import { LiveProviders } from './live-providers.ts';
import { claimSite } from './provider-site.ts';
import { Providers } from './providers.ts';
import { SecretAdministration } from './secret-administration.ts';
import { Secrets } from './secrets.ts';

/** The use cases of command jobs, beside those of all jobs. */
export interface CommandApplication {
  readonly commands: Commands;
  readonly providers: Providers;
  readonly fleet: Fleet;
  readonly secrets: SecretAdministration;
  readonly agents: Agents;
}

/** For operators: their own. */
export interface Commands {
  submit(context: RequestContext, request: SubmitCommand): Promise<Result<SubmittedCommand>>;
  get(context: RequestContext, jobId: string): Promise<Result<CommandJob>>;
  list(context: RequestContext, options: ListCommands): Promise<Result<ListedCommands>>;
  /** The job as it is then. */
  cancel(context: RequestContext, jobId: string, options: CancelCommand): Promise<Result<CommandJob>>;
  /** Upload URLs for files that jobs use as inputs. */
  upload(context: RequestContext, files: readonly FileToUpload[]): Promise<Result<readonly UploadTarget[]>>;
  /** The files that a job left behind, with where to get them. */
  artifacts(context: RequestContext, jobId: string): Promise<Result<Artifacts>>;
}

/** As much as people look through, sealed as a file of its own whatever its size. */
export const commandLogs: KindLogs = { keepLines: 10_000_000, keepBytes: 1_073_741_824, minObjectBytes: 0 };

export function createCommandDependencies(base: Dependencies, fleet: FleetParts): CommandDependencies {
  const { store, clock, logger } = base;
  return {
    ...base,
    fleet,
    providers: new LiveProviders({
      records: store.records, types: fleet.providerTypes, clock, logger, prepareFor: fleet.prepareFor,
      claimSite: (id, site) => claimSite(base, id, site),
    }),
    tokens: new AgentTokens(fleet.key),
    secrets: new Secrets(store.records, fleet.key),
    logs: new LogWriter(base, commandLogs),
  };
}

export function createCommandApplication(deps: CommandDependencies): CommandApplication {
  return {
    commands: {
      submit: (context, request) => submitCommand(deps, context, request),
      get: (context, jobId) => getCommand(deps, context, jobId),
      list: (context, options) => listCommands(deps, context, options),
      cancel: (context, jobId, options) => cancelCommand(deps, context, jobId, options),
      upload: (context, files) => createUploads(deps, context, files),
      artifacts: (context, jobId) => artifactsOf(deps, context, jobId),
    },
    providers: new Providers(deps),
    fleet: new Fleet(deps),
    secrets: new SecretAdministration(deps),
    agents: new Agents(deps),
  };
}
