import { perSecond as chunksPerSecond } from '../../src/application/logs/chunk-rate.ts';
import { maxSchedules } from '../../src/application/schedules/changes.ts';
import { maxTicksAtOnce } from '../../src/application/schedules/ticks.ts';
import { maxLive as maxLiveKeys } from '../../src/application/tokens/tokens.ts';
import {
  perNetwork as loginsPerNetwork, perUser as loginsPerUser, perUserAndNetwork, windowMs as loginWindowMs,
} from '../../src/application/users/attempts.ts';
import { passwordLength } from '../../src/application/users/passwords.ts';
import { attemptPausesMs } from '../../src/application/webhooks/attempts.ts';
import { fullMs as webhookTimeoutMs } from '../../src/application/webhooks/patience.ts';
import { rotationMs } from '../../src/application/webhooks/secrets.ts';
import { mostTests } from '../../src/application/webhooks/webhooks.ts';
import { limits } from '../../src/contract/fields.ts';
import { maxTail } from '../../src/contract/sizes.ts';
import { planNames, plans } from '../../src/domain/account/plans.ts';
import { dependencyLimits } from '../../src/domain/job/dependencies.ts';
import { labelLimits } from '../../src/domain/job/labels.ts';
import { maxLineLength } from '../../src/domain/log-line.ts';
import { pictureLimits } from '../../src/domain/picture-limits.ts';
import { maxProviders } from '../../src/kinds/command/application/providers.ts';
import { maxSecrets } from '../../src/kinds/command/application/secret-administration.ts';
import { commandLimits } from '../../src/kinds/command/contract/new-command.ts';
import { maxTypes } from '../../src/kinds/task/application/type-limits.ts';
import { taskLimits } from '../../src/kinds/task/contract/task-fields.ts';
import { workLimits } from '../../src/kinds/task/contract/work-report.ts';
import { childLimits, stepLimits } from '../../src/kinds/task/domain/decide.ts';
import { searchLimits } from '../../src/kinds/task/domain/search-keys.ts';
import { options } from '../../src/main/config/options.ts';
import { quotasOf } from '../../src/main/kinds.ts';
import { headersMs, requestMs } from '../../src/main/node/http-server.ts';
import { maxLength as webhookUrlLength } from '../../src/main/webhook-address.ts';
import { shares, maxSending } from '../../src/services/webhook-sender.ts';
import { streamPermits } from '../../src/transports/access/permits.ts';

type Row = readonly [what: string, limit: string, then?: string];

/** docs/guides/limits.md: every number in it is that of the code. */
export function limitsPage(): string {
  const sections = Object.entries(tables()).map(([title, rows]) => `## ${title}\n\n${table(rows)}\n`);
  return `${introduction}\n${sections.join('\n')}\n${storage()}\n${end}`;
}

function tables(): Readonly<Record<string, readonly Row[]>> {
  return {
    Requests: requests(),
    Tasks: tasks(),
    'What a handler may report': handlers(),
    'Image sets': imageSets(),
    'Command jobs': commands(),
    Webhooks: webhooks(),
    'Schedules, users and keys': others(),
  };
}

function requests(): Row[] {
  return [
    ['body of a request', byOption('maxBodyBytes', bytes), '413'],
    ['time to receive a body', byOption('requestBodySeconds', seconds), '408'],
    ['time to receive the headers', duration(headersMs), '408'],
    ['time to receive a whole request, uploads included', duration(requestMs), '408'],
    ['entries of a page', `${number(limits.pageSize)}, ${limits.defaultPageSize} unless asked`, '400'],
    ['length of an `Idempotency-Key`', characters(limits.idempotencyKeyLength), '400'],
    ['long poll', duration(limits.waitMs), '400'],
    ['concurrent requests of one user', byOption('maxRequestsPerUser', number), '429 `rate_limit`'],
    ['concurrent long polls of one user', byOption('maxWaitingPerUser', number), '429 `rate_limit`'],
    ['event streams of one user, for each sort of stream', number(streamPermits.perUser), '429 `rate_limit`'],
    ['event streams of all users, likewise', number(streamPermits.inAll), '503 `unavailable`'],
    ['connections', byOption('maxConnections', number), '503, then closed'],
    ['connections from one address', byOption('maxConnectionsPerAddress', number), '429, then closed'],
    ['time that a client may stop reading', byOption('unreadAnswerSeconds', seconds), 'the connection is closed'],
    ['labels of a job', number(labelLimits.count), '400'],
    ['length of a label: name, value', `${labelLimits.name.max}, ${characters(labelLimits.value.max)}`, '400'],
  ];
}

function tasks(): Row[] {
  return [
    ['input (`data`), as JSON', bytes(taskLimits.dataBytes), '400'],
    ['result, as JSON', bytes(workLimits.resultBytes), 'the attempt fails'],
    ['tasks of one bulk request, to submit or to change', number(taskLimits.bulk), '400'],
    ['name of a type', characters(taskLimits.typeLength), '400'],
    ['types of all owners', number(maxTypes), '400'],
    ['types of one owner', byOption('typesPerOwner', number), '403 `quota_exceeded`'],
    ['dedupe key, concurrency key', characters(taskLimits.keyLength), '400'],
    ['priority', `-${number(taskLimits.priority)} to ${number(taskLimits.priority)}`, '400'],
    ['attempts', number(taskLimits.maxAttempts), '400'],
    ['delay between attempts', duration(taskLimits.backoffMs), '400'],
    ['timeout of an attempt', `${duration(taskLimits.minTimeoutMs)} to ${duration(taskLimits.maxTimeoutMs)}`, '400'],
    ['tasks that one depends on', number(dependencyLimits.dependencies), '400'],
    ['tasks that depend on one', number(dependencyLimits.dependents), '400'],
    ['labels of a task', number(searchLimits.labels), '400'],
    ['search keys of a type', number(searchLimits.keys), '400'],
  ];
}

function handlers(): Row[] {
  return [
    ['tasks of one claim', number(workLimits.take), '400'],
    ['types of one worker', number(workLimits.types), '400'],
    ['lease', `${duration(workLimits.minLeaseMs)} to ${duration(workLimits.leaseMs)}`, '400'],
    ['reports of one request', number(workLimits.reports), '400'],
    ['message of an error', characters(workLimits.messageLength), 'cut off'],
    ['stack of an error', characters(workLimits.stackLength), 'cut off'],
    ['`retryAfter`', duration(workLimits.retryAfterMs), 'that long'],
    ['steps of a task', number(stepLimits.steps), 'the step fails'],
    ['results of all its steps, as JSON', characters(stepLimits.length), 'the step fails'],
    ['tasks that the handler of one may start', number(childLimits.children), 'the call fails'],
    ['levels of tasks that start tasks', number(childLimits.depth), 'the call fails'],
    ['`sleep`', duration(workLimits.sleepMs), 'the call fails'],
    ['memory of the process of handlers', byOption('handlersMemoryMb', mebibytes), 'it is killed, its tasks run again'],
    ['time that handlers block the event loop', byOption('handlersBlockedSeconds', seconds), 'likewise'],
    ['length of a line in a log', characters(maxLineLength), 'cut off'],
    ['chunks of lines of one job, each second', number(chunksPerSecond), '429; clients wait'],
    ['newest lines that can be asked for', number(maxTail), '400'],
  ];
}

function imageSets(): Row[] {
  return [
    ['photos of a set', number(limits.items), '400'],
    ['size of a photo', byOption('maxUploadBytes', bytes), '413'],
    ['photo that the built-in worker takes',
      `${bytes(pictureLimits.bytes)} and ${pictureLimits.pixels / 1e6} megapixels`,
      'the photo fails'],
    ['memory for a photo', byOption('imageMemoryBytes', bytes), 'the photo fails'],
    ['concepts of a set', number(limits.concepts), '400'],
    ['concurrent uploads to a server', byOption('maxUploads', number), '503 `unavailable`'],
    ['concurrent uploads of one user', byOption('maxUploadsPerUser', number), '429 `rate_limit`'],
    ['least speed of an upload', byOption('uploadLeastBytesPerSecond',
      (value) => `${number(value)} bytes a second`), '408'],
    ['time to upload and execute', byOption('uploadTimeLimitSeconds', seconds), 'the set expires'],
    ['time of the execution', byOption('executionTimeLimitSeconds', seconds), 'photos without a result fail'],
    ['deliveries of a message to workers', byOption('maxDeliveries', number), 'photos without a result fail'],
    ['validity of the URL of a result', byOption('resultUrlSeconds', seconds), '403; ask for a new one'],
  ];
}

function commands(): Row[] {
  const max = commandLimits;
  return [
    ['whole definition, as JSON', bytes(max.jobBytes), '400'],
    ['script, standard input', bytes(max.textBytes), '400'],
    ['command, each argument, each variable', bytes(max.commandBytes), '400'],
    ['arguments, variables, secrets',
      `${number(max.arguments)}, ${number(max.variables)}, ${number(max.secrets)}`, '400'],
    ['input files, output paths', number(max.files), '400'],
    ['attempts', number(max.maxAttempts), '400'],
    ['run time, unless the job sets one', byOption('commandTimeoutSeconds', seconds), 'the job fails'],
    ['run time that a job can set', duration(max.maxTimeoutMs), '400'],
    ['cores', `${max.cpuCores.min} to ${number(max.cpuCores.max)}`, '400'],
    ['workers of a provider that the server registers', byOption('maxWorkers', number), 'jobs wait'],
    ['providers', number(maxProviders), '409 `conflict`'],
    ['stored secrets', number(maxSecrets), '409 `conflict`'],
  ];
}

function webhooks(): Row[] {
  const day = duration(attemptPausesMs.reduce((sum, ms) => sum + ms, 0));
  return [
    ['length of the URL', characters(webhookUrlLength), '400'],
    ['time for an answer', duration(webhookTimeoutMs), 'tried again'],
    ['attempts', `${attemptPausesMs.length + 1}, within ${day}`, 'the delivery has failed; it can be replayed'],
    ['requests at once: of an owner, to a host, of an owner to a host, of a server',
      `${shares.perOwner}, ${shares.perHost}, ${shares.perOwnerAndHost}, ${maxSending}`, 'others wait'],
    ['tests of a URL', `${mostTests} a minute`, '429 `rate_limit`'],
    ['time that a replaced secret is valid', duration(rotationMs), ''],
  ];
}

function others(): Row[] {
  return [
    ['schedules of one user', number(maxSchedules), '409 `conflict`'],
    ['missed ticks that are made up for with `all`', `the newest ${maxTicksAtOnce}`, ''],
    ['password', `${passwordLength.min} to ${passwordLength.max} characters`, '400'],
    [`failed logins in ${duration(loginWindowMs)}: of a user from one address, from one address, of a user from ` +
      'unknown addresses', `${perUserAndNetwork}, ${loginsPerNetwork}, ${loginsPerUser}`, '429 `rate_limit`'],
    ['duration of a login', byOption('sessionHours', (value) => `${value} hours`), '401'],
    ['API keys of one user', number(maxLiveKeys), '409 `conflict`'],
    ['anonymous sign-ups from one address in an hour', byOption('anonymousSignupsPerHour', number), '429 `rate_limit`'],
    ['credits of an account', number(limits.credits), '400'],
  ];
}

/** What plans limit of what is kept. */
function storage(): string {
  const quotas = Object.entries(quotasOf()).flatMap(([kind, { plans: byPlan }]) => {
    const names = ['unfinished', 'stored', 'bytes'] as const;
    return names.flatMap((name) => {
      const values = planNames.map((plan): number | null | undefined => byPlan[plan][name]);
      if (values.every((value) => value === undefined)) return [];
      return [`| \`${kind}.${name}\` | ${values.map((value) => quota(name, value)).join(' | ')} |`];
    });
  });
  const own = (label: string, of: (plan: (typeof plans)['free' | 'pro']) => string): string =>
    `| ${label} | ${planNames.map((name) => of(plans[name])).join(' | ')} |`;
  const rows = [
    ...quotas,
    own('objects', ({ objectBytes }) => bytes(objectBytes)),
    own('image sets that have not ended (beyond it, `concurrency_limit`)', ({ runningJobs }) => number(runningJobs)),
    own('saved rules (`rule_limit`)', ({ ruleSlots }) => number(ruleSlots)),
    own('photos that may fail in an hour (`rate_limit`)', ({ failedItemsPerHour }) => number(failedItemsPerHour)),
  ].join('\n');
  return `## Plans

What is kept for one owner, and what an owner may do at once. Exceeding a quota is 403 \`quota_exceeded\`; see
[quotas of an owner](disk-space.md#quotas-of-an-owner) for the options, and \`waybill plan set\` for the rest.

| | ${planNames.join(' | ')} |
| --- |${' --- |'.repeat(planNames.length)}
${rows}
`;
}

function quota(name: 'unfinished' | 'stored' | 'bytes', value: number | null | undefined): string {
  if (value === null || value === undefined) return '–';
  return name === 'bytes' ? bytes(value) : number(value);
}

function table(rows: readonly Row[]): string {
  const lines = rows.map(([what, limit, then = '']) => `| ${what} | ${limit} | ${then} |`);
  return ['| of | limit | beyond it |', '| --- | --- | --- |', ...lines].join('\n');
}

/** The default of an option, as `shown`, and its name. */
function byOption(name: keyof typeof options, shown: (value: number) => string): string {
  const { env, default: standard } = options[name];
  return `${shown(Number(standard))} (\`${env}\`)`;
}

function number(value: number): string {
  return value.toLocaleString('en');
}

function characters(value: number): string {
  return `${number(value)} characters`;
}

function bytes(value: number): string {
  const units = ['bytes', 'KiB', 'MiB', 'GiB', 'TiB'];
  let [amount, unit] = [value, 0];
  for (; amount >= 1_024 && amount % 1_024 === 0; unit++) amount /= 1_024;
  return `${number(amount)} ${units[unit] ?? ''}`;
}

function mebibytes(value: number): string {
  return bytes(value * 1_024 ** 2);
}

function seconds(value: number): string {
  return duration(value * 1_000);
}

/** In the largest unit that is exact; else the whole hours. */
function duration(ms: number): string {
  const units = [['day', 86_400_000], ['hour', 3_600_000], ['minute', 60_000], ['second', 1_000]] as const;
  const unit = units.find(([, each]) => ms % each === 0);
  if (unit === undefined) return `${number(ms)} ms`;
  const [name, each] = ms > 86_400_000 && ms % 3_600_000 !== 0 ? (['hour', 3_600_000] as const) : unit;
  const amount = Math.ceil(ms / each);
  return `${number(amount)} ${name}${amount === 1 ? '' : 's'}`;
}

const introduction = `# Limits

Each limit of size, number, time and rate that clients and workers meet, and what happens beyond it. Where a variable is
named, it is the default, and [configuration](../configuration.md) says how far it can be changed. Codes such as
\`rate_limit\` are described in [their pages](../errors/rate_limit.md). A 400 names the field.

This page is generated from the code by \`npm run docs\`.
`;

const end = `Everything else is limited by memory, disk and processor: there is no limit on the number of users, workers
or jobs besides these. \`GET /api/user/me\` shows the plan of a user and what is used of it.
`;
