import { createContext } from 'preact';
import { useContext } from 'preact/hooks';
import type { KindConsole, ListedJob } from '../page.ts';
import { server } from './session.ts';

export const KindsContext = createContext<readonly KindConsole[]>([]);

/** Those that this server has. */
export function useKinds(): readonly KindConsole[] {
  const names = server.value?.kinds ?? [];
  return useContext(KindsContext).filter(({ kind }) => names.includes(kind));
}

/** How jobs of whatever kind are named and found. */
export function useJobNames(): {
  readonly kindOf: (job: Pick<ListedJob, 'kind'>) => KindConsole | undefined;
  readonly titleOf: (job: ListedJob) => string;
  readonly pathOf: (job: Pick<ListedJob, 'id' | 'kind'>) => string;
  readonly stateText: (job: Pick<ListedJob, 'kind' | 'status'>) => string;
  readonly phaseOf: (job: Pick<ListedJob, 'kind' | 'status'>) => ListedJob['phase'] | undefined;
} {
  const kinds = useContext(KindsContext);
  const kindOf = ({ kind }: Pick<ListedJob, 'kind'>) => kinds.find((each) => each.kind === kind);
  return {
    kindOf,
    titleOf: (job) => kindOf(job)?.titleOf(job) ?? job.type ?? job.kind,
    pathOf: (job) => kindOf(job)?.pathOf?.(job.id) ?? `/jobs/${job.id}`,
    stateText: (job) => kindOf(job)?.stateText(job.status) ?? job.status,
    phaseOf: (job) => kindOf(job)?.phaseOf?.(job.status),
  };
}
