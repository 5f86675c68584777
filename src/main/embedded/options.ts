import { mkdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { AnyHandledTask } from '../../kinds/task/typed/definition.ts';
import type { WorkerOptions } from '../../kinds/task/worker/options.ts';
import type { OpenTelemetryApi } from '../../worker/open-telemetry.ts';
import type { Logger } from '../../ports/world.ts';
import type { Config } from '../config/config.ts';
import { loadConfig } from '../config/load.ts';
import { options as table, type OptionName, type OptionValues } from '../config/options.ts';
import { readOptions, type OptionProblem, type Sources } from '../config/read.ts';
import { keptSecret } from '../node/kept-secret.ts';
import type { Identity } from './host-callers.ts';

/** Of a server with ports of its own, of the processes beside it, and of what needs them. */
const serversOwn = [
  'port', 'host', 'dev', 'workers', 'segmentModel', 'modelRuntime', 'imageMemoryBytes', 'logLevel', 'logFormat',
  'metricsPort', 'maxConnections', 'maxConnectionsPerAddress', 'unreadAnswerSeconds', 'maxUnreadBytes',
  'grpcEnabled', 'grpcPort', 'grpcTlsCert', 'grpcTlsKey', 'grpcTlsCa', 'grpcTlsClientCa',
  'handlersMemoryMb', 'handlersBlockedSeconds', 'handlersCaptureConsole',
  'serverHost', 'agentServers', 'processEnabled', 'dockerEnabled',
  'dockerHost', 'workerImage', 'kubernetesEnabled', 'k8sKubeconfig', 'k8sNamespace', 'maxWorkers',
  'commandTimeoutSeconds', 'workerRetentionDays', 'outputStallSeconds',
] as const satisfies readonly OptionName[];

/** As programs say it: what is a list of other things than text, as the environment has it. */
type Said<T> = T extends boolean ? boolean : T extends number ? number : T extends string ? T
  : T extends readonly (infer Each)[] ? Each extends string ? readonly Each[] : string : string;

/** Those of docs/configuration.md, in camel case. The same rules and limits hold as for a server. */
type ConfigOptions = {
  readonly [Name in Exclude<OptionName, (typeof serversOwn)[number] | 'data'>]?:
    Said<NonNullable<OptionValues[Name]>> | undefined;
};

export interface OpenOptions extends ConfigOptions {
  /** Folder for the SQLite database, the objects, and the secrets that are made; "./data" unless given. */
  readonly dataDir?: string | undefined;
  /** Handlers that run in this process: what `defineTask(…).handle(…)` gives. */
  readonly tasks?: readonly AnyHandledTask[];
  /** Tasks at once, 1 to 1,000; 10 unless given. */
  readonly concurrency?: number;
  /** Hears of what handlers throw, with the task. */
  readonly onError?: NonNullable<WorkerOptions['onError']>;
  /** See `createWorker`: whether errors of handlers that nobody catches are kept from ending the whole process. */
  readonly catchStray?: boolean;
  /** See `createWorker`: whether what handlers print by `console` goes to the logs of their tasks. */
  readonly captureConsole?: NonNullable<WorkerOptions['captureConsole']>;
  /**
   * Who sends a request, where the program knows; null: the server's own tokens and logins count. `context` is what
   * `fetch` was given beside the request; for `handler`, `{ incoming, outgoing }`.
   */
  readonly authenticate?: (request: Request, context: any) => Identity | null | Promise<Identity | null>;
  /** Who owns what this program submits, an administrator; "admin" unless given. */
  readonly userId?: string;
  /** A logger of your own; "text" or "json" on standard error. Warnings and errors, as text, unless given. */
  readonly logger?: Logger | 'text' | 'json' | 'silent';
  /** `@opentelemetry/api`, where your program traces: requests, tasks and webhooks are spans then. */
  readonly openTelemetry?: OpenTelemetryApi;
  /** Where options that are not given are looked for, such as `process.env`; nowhere unless given. */
  readonly env?: Readonly<Record<string, string | undefined>>;
}

/** What is no option of the server's. */
const ofProgram: ReadonlySet<string> = new Set<keyof OpenOptions>([
  'dataDir', 'tasks', 'concurrency', 'onError', 'catchStray', 'captureConsole', 'authenticate', 'userId', 'logger',
  'env', 'openTelemetry',
]);
const left: ReadonlySet<string> = new Set<string>(serversOwn);

/**
 * Secrets that are not given are made, and kept in the folder.
 *
 * @throws {TypeError} when an option is not known, or is not what it must be
 */
export function configOf(options: OpenOptions): Config {
  const sources = sourcesOf(options);
  const { values, origins, problems } = readOptions(sources);
  if (problems[0] !== undefined) throw new TypeError(sentenceOf(problems[0]));
  const folder = resolve(values.data ?? '');
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const program = {
    ...(values.jwtSecret === undefined && { jwtSecret: keptSecret(join(folder, 'login-secret')) }),
    ...(values.callbackSecrets === undefined && { callbackSecrets: keptSecret(join(folder, 'callback-secret')) }),
    // Whoever wants them says so: their webhooks need a secret that a shop knows.
    ...(origins.productImages === 'default' && { productImages: 'false' }),
    ...sources.program,
  };
  const loaded = loadConfig({ ...sources, program });
  if (!loaded.ok) throw new TypeError(sentenceOf(loaded.problems[0]));
  const { config } = loaded;
  const { fleet, grpc } = config;
  return {
    ...config,
    // Nobody knows where the program listens: it may be reached from anywhere.
    host: '0.0.0.0',
    grpc: { ...grpc, enabled: false },
    fleet: { ...fleet, processEnabled: false, dockerEnabled: false, kubernetesEnabled: false },
    settings: config.settings.filter(({ name }) => !serversOwn.some((own) => table[own].env === name)),
  };
}

function sourcesOf({ env = {}, dataDir, ...options }: OpenOptions): Required<Sources> {
  const program: Partial<Record<OptionName, string>> = {};
  for (const [name, value] of Object.entries(options)) {
    if (ofProgram.has(name) || value === undefined) continue;
    if (!(name in table) || name === 'data' || left.has(name)) {
      throw new TypeError(`there is no option ${name} where Waybill is embedded`);
    }
    program[name as OptionName] = textOf(name, value);
  }
  if (dataDir !== undefined) program.data = textOf('dataDir', dataDir);
  const others = new Set<string>(serversOwn.map((name) => table[name].env));
  return { flags: {}, program, env: Object.fromEntries(Object.entries(env).filter(([name]) => !others.has(name))) };
}

/** As the environment would have it. */
function textOf(name: string, value: unknown): string {
  const parts: readonly unknown[] = Array.isArray(value) ? value : [value];
  for (const part of parts) {
    if (typeof part === 'boolean' || typeof part === 'number' || typeof part === 'string') {
      if (!Array.isArray(value) || !String(part).includes(',')) continue;
    }
    throw new TypeError(`${name} is no text, number, boolean or list of texts without commas`);
  }
  return parts.join(',');
}

function sentenceOf(problem: OptionProblem | undefined): string {
  const { option = 'data', message = 'the options are wrong' } = problem ?? {};
  const name = option === 'data' ? 'dataDir' : option;
  return message.startsWith(name) ? message : `${name}: ${message}`;
}
