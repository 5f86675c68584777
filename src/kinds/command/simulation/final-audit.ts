import { isDeepStrictEqual } from 'node:util';
import type { NumberedLine } from '../../../domain/log-line.ts';
import { shown, Violation } from '../../../testing/simulator/invariant.ts';
import { operator, type Life } from '../../../testing/simulator/life.ts';
import type { SimulatedStore } from '../../../testing/simulator/simulated-store.ts';
import type { Audit } from './audit.ts';
import type { CommandFields } from '../domain/types.ts';
import type { SimulatedFiles } from './files.ts';
import type { Outside } from './outside.ts';
import type { SimulatedProvider } from './provider.ts';
import type { RunRecord } from './run-book.ts';

const sagaEnds = ['succeeded', 'compensated', 'failed', 'canceled'];

/** Null once nothing is under way any more; else what is. */
export function whatIsLeft(
  audit: Audit,
  inside: SimulatedStore['inside'],
  providers: readonly SimulatedProvider[],
): string | null {
  const jobs = (['command', 'saga', 'worker'] as const).flatMap((kind) => audit.jobs(kind));
  const open = jobs
    .filter(({ endedAt }) => endedAt === null)
    .map(({ kind, type, id, state }) => `${kind} ${type} ${id} ${state}`);
  const left = providers.flatMap(({ workers }) => workers.map((id) => `${id} at its provider`));
  const messages = inside.outbox().map(({ topic, jobId }) => `${topic} ${jobId} in the outbox`);
  const all = [...open, ...left, ...messages];
  return all.length === 0 ? null : all.join(', ');
}

/** When nothing is under way any more: what agents did and were told is what is stored, and nothing is left over. */
export async function checkEnd(
  audit: Audit,
  inside: SimulatedStore['inside'],
  { book, files }: Pick<Outside, 'book' | 'files'>,
  life: Life,
): Promise<void> {
  if (inside.work().length > 0) throw new Violation('G1 no work is left of what has ended', shown(inside.work()));
  for (const { id, state } of audit.jobs('saga')) {
    if (!sagaEnds.includes(state)) throw new Violation('G1 every saga ends', `${id} is ${state}`);
  }
  for (const { run, isRunning } of book.runs.values()) {
    if (isRunning) throw new Violation('G1 no command runs once its job has ended', shown(run));
  }
  for (const record of book.runs.values()) checkResult(audit, record);
  for (const job of audit.jobs('command')) {
    await checkFiles(files, job.fields as CommandFields);
    const { id } = job;
    const records = [...book.runs.values()].filter(({ run }) => run.jobId === id);
    checkLog(audit, records, await readLog(life, id));
  }
}

/** G1: the files that are listed with a job are there, and those of the execution that ended it. */
async function checkFiles(files: SimulatedFiles, { artifacts }: CommandFields): Promise<void> {
  const [marker, ...others] = artifacts;
  if (others.length === 0) return;
  for (const { objectKey } of artifacts) {
    const text = await files.text(objectKey);
    if (text !== marker?.path) throw new Violation('G1 the files of a job are there', `${objectKey}: ${text}`);
  }
}

/** G2: what an agent was told is recorded is there, and as it was. */
function checkResult(audit: Audit, { run, result, isResultAcknowledged }: RunRecord): void {
  const recorded = audit.events(run.jobId).flatMap(({ body }) => {
    if (body.type !== 'JobStatusChanged' || body.state === 'RUNNING' || body.result === null) return [];
    return body.result.artifacts[0]?.path === `${run.jobId}/${run.token}` ? [body.result] : [];
  });
  if (recorded.length > 1) throw new Violation('G2 a result is recorded once', shown(recorded));
  if (isResultAcknowledged && recorded.length === 0) {
    throw new Violation('G1 a result that was acknowledged is recorded', shown(run));
  }
  if (recorded.length === 1 && !isDeepStrictEqual(recorded[0], result)) {
    throw new Violation('G2 a result is recorded as it was', shown({ recorded, result }));
  }
}

async function readLog({ server }: Life, jobId: string): Promise<readonly NumberedLine[]> {
  const all = await server.logs.all(operator, jobId);
  if (!all.ok) throw new Violation('G1 a log can be read', all.refusal.message);
  const lines: NumberedLine[] = [];
  for await (const group of all.value) lines.push(...group);
  return lines;
}

/** G1, G2: of each execution the lines from the first on, each once, and all that were acknowledged. */
function checkLog(audit: Audit, records: readonly RunRecord[], lines: readonly NumberedLine[]): void {
  const expected: string[] = [];
  const inOrder = records.toSorted((a, b) => a.run.token - b.run.token);
  for (const { run, acknowledgedLines, lines: printed, result } of inOrder) {
    const own = lines.filter(({ text }) => text.startsWith(`${run.token}:`)).length;
    if (own < acknowledgedLines) {
      throw new Violation('G1 lines that were acknowledged are there', shown({ run, own, acknowledgedLines }));
    }
    const isRecorded = audit.events(run.jobId).some(({ body }) => {
      return body.type === 'JobStatusChanged' && body.state !== 'RUNNING'
        && body.result?.artifacts[0]?.path === `${run.jobId}/${run.token}`;
    });
    if (isRecorded && result !== null && own !== printed) {
      throw new Violation('G1 the last lines before a result are there', shown({ run, own, printed }));
    }
    for (let line = 1; line <= own; line++) expected.push(`${run.token}:${line}`);
  }
  const texts = lines.map(({ text }) => text);
  if (!isDeepStrictEqual(texts, expected)) {
    throw new Violation('G2 the lines of a log are in order, each once', shown({ texts, expected }));
  }
}
