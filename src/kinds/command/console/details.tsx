import { Download } from 'lucide-preact';
import { bytes, duration } from '../../../console/language/format.ts';
import type { JobDetailsProps } from '../../../console/page.ts';
import { Table, type Column } from '../../../console/parts/table.tsx';
import { Moment, Took } from '../../../console/parts/time.tsx';
import { Skeleton, View } from '../../../console/parts/view.tsx';
import { api } from '../../../console/server/api.ts';
import { useLoad } from '../../../console/server/load.ts';
import type { commandRoutes } from '../contract/commands.ts';
import type { CommandJob } from './command-job.ts';
import { say } from './page-texts.ts';
import './command.css';

type Execution = CommandJob['executions'][number];

/** Of a command: what was run, how it ended, and what it left behind. */
export default function CommandDetails({ job }: JobDetailsProps) {
  const command = job as unknown as CommandJob;
  const { failure, cancelRequested, cancelReason, endedAt, executions, script } = command;
  return (
    <>
      {failure !== null && (
        <p class="notice bad">
          <span>
            <strong>{say().failure[failure.reason]}</strong> {failure.message}
          </span>
        </p>
      )}
      {cancelRequested && endedAt === null && <p class="notice">{say().stopping}</p>}
      {cancelReason !== null && (
        <p class="notice">
          <span>
            <strong>{say().canceledBecause}: </strong>
            {cancelReason}
          </span>
        </p>
      )}
      <section class="card">
        <h2>{say().commandLine}</h2>
        <pre class="block" tabIndex={0} role="region" aria-label={say().commandLine}>
          {lineOf(command)}
        </pre>
        {script !== null && (
          <details class="script">
            <summary>{say().script}</summary>
            <pre class="block" tabIndex={0} role="region" aria-label={say().script}>
              {script}
            </pre>
          </details>
        )}
        <RunFacts command={command} />
      </section>
      <Artifacts command={command} />
      {executions.length > 0 && <Executions executions={executions} />}
    </>
  );
}

function lineOf({ command, arguments: words }: CommandJob): string {
  const quoted = words.map((word) => (/^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`));
  return [command, ...quoted].filter((part) => part !== '').join(' ');
}

function RunFacts({ command }: { readonly command: CommandJob }) {
  const { exitCode, signal, assignment, requirements, timeoutMs, workingDirectory, environment, secrets } = command;
  const { inputs, outputs, stdin } = command;
  const rows: readonly (readonly [string, string | null | undefined])[] = [
    [say().exitCode, exitCode === null ? null : String(exitCode)],
    [say().signal, signal],
    [say().worker, assignment?.workerId ?? command.executions.at(-1)?.workerId],
    [say().provider, assignment?.providerType ?? requirements.provider],
    [say().image, requirements.image],
    [say().timeLimit, duration(timeoutMs)],
    [say().workingDirectory, workingDirectory],
    [
      say().environment,
      Object.entries(environment)
        .map(([name, value]) => `${name}=${value}`)
        .join('\n') || null,
    ],
    [
      say().secrets,
      Object.entries(secrets)
        .map(([name, secret]) => `${name} = ${secret}`)
        .join('\n') || null,
    ],
    [say().inputs, inputs.map(({ path }) => path).join('\n') || null],
    [say().outputs, outputs.join('\n') || null],
    [say().stdin, stdin],
  ];
  return (
    <dl class="facts run-facts">
      {rows.map(
        ([name, value]) =>
          value != null && (
            <>
              <dt key={name}>{name}</dt>
              <dd>
                <code>{value}</code>
              </dd>
            </>
          ),
      )}
    </dl>
  );
}

function Artifacts({ command: { id, endedAt, outputs } }: { readonly command: CommandJob }) {
  if (outputs.length === 0) return null;
  return (
    <section class="card">
      <h2>{say().artifacts}</h2>
      {endedAt === null ? <p class="quiet">–</p> : <Files key={endedAt} id={id} />}
    </section>
  );
}

function Files({ id }: { readonly id: string }) {
  const loaded = useLoad((signal) => api<typeof commandRoutes>().listArtifacts({ params: { id } }, { signal }), [id]);
  return (
    <View of={loaded} skeleton={<Skeleton lines={1} />}>
      {({ artifacts, purgedAt }) => (
        <>
          {purgedAt !== null && <p class="quiet">{say().purged}</p>}
          {artifacts.length === 0 && <p class="quiet">{say().noArtifacts}</p>}
          <ul class="artifacts">
            {artifacts.map(({ path, size, url }) => (
              <li key={path}>
                <code>{path}</code>
                <span class="quiet small">{bytes(size)}</span>
                {url === null ? (
                  <span class="quiet small">{say().deleted}</span>
                ) : (
                  <a
                    class="button quiet bare"
                    href={url}
                    download={path.split('/').at(-1)}
                    data-outside=""
                    aria-label={say().download(path)}
                  >
                    <Download size={16} aria-hidden="true" />
                  </a>
                )}
              </li>
            ))}
          </ul>
        </>
      )}
    </View>
  );
}

function Executions({ executions }: { readonly executions: readonly Execution[] }) {
  const columns: readonly Column<Execution>[] = [
    { name: 'attempt', head: say().attempt, cell: ({ attempt }) => attempt },
    {
      name: 'started',
      head: say().started,
      cell: ({ startedAt }) => (startedAt === null ? say().neverStarted : <Moment at={startedAt} />),
    },
    {
      name: 'took',
      head: say().took,
      numeric: true,
      cell: ({ startedAt, endedAt }) => (startedAt === null ? '–' : <Took from={startedAt} to={endedAt} />),
    },
    {
      name: 'end',
      head: say().end,
      cell: ({ failure, exitCode }) => failure?.message ?? (exitCode === null ? '–' : say().exited(String(exitCode))),
    },
    {
      name: 'worker',
      head: say().worker,
      optional: true,
      cell: ({ workerId }) => <code title={workerId}>{workerId.slice(0, 13)}…</code>,
    },
  ];
  return (
    <section class="card">
      <h2>{say().executions}</h2>
      <Table
        caption={say().executions}
        columns={columns}
        rows={[...executions].reverse()}
        keyOf={({ assignedAt }) => assignedAt}
      />
    </section>
  );
}
