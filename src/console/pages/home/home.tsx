import { ArrowRight, CircleAlert, CircleCheck, Coins } from 'lucide-preact';
import { count } from '../../language/format.ts';
import type { KindConsole, ListedJob } from '../../page.ts';
import { JobRows } from '../../parts/job-rows.tsx';
import { Link } from '../../parts/link.tsx';
import { PageHead } from '../../parts/page-head.tsx';
import { Skeleton, View } from '../../parts/view.tsx';
import { api } from '../../server/api.ts';
import { useLoad } from '../../server/load.ts';
import { useKinds } from '../../shell/kinds.ts';
import { user } from '../../shell/session.ts';
import { say } from './texts.ts';
import './home.css';

/** Below this many credits a user is told. */
const fewCredits = 5;
const dayMs = 86_400_000;

export default function Home() {
  const kinds = useKinds();
  const seen = useLoad((signal) => loadHome(kinds, signal), [], { live: 'jobs', throttleMs: 2_000 });
  const name = user.value?.name ?? user.value?.userId ?? '';
  return (
    <>
      <PageHead title={say().hello(name)} />
      <View of={seen} skeleton={<HomeSkeleton />}>
        {({ account, counts, active, failed, recent, parts }) => (
          <div class="home">
            {parts.map((Part, at) => <Part key={at} isNew={recent.length === 0} />)}
            <section class="home-figures" aria-label={say().all}>
              <Figure text={say().running} to="/jobs?phase=active" value={counts.active} tone="active" />
              <Figure text={say().waiting} to="/jobs?phase=waiting" value={counts.waiting} tone="waiting" />
              <Figure text={say().done} to="/jobs?phase=succeeded" value={counts.succeeded} tone="succeeded" />
              <Figure text={say().failed} to="/jobs?phase=failed" value={counts.failed} tone="failed" />
              {account.granted > 0 && <Credits credits={account.credits} reserved={account.reserved} />}
            </section>
            <NeedsYou failed={failed} credits={account.granted > 0 ? account.credits : null} />
            {active.length > 0 && <Section title={say().runningNow} jobs={active} />}
            {recent.length > 0 && <Section title={say().recent} jobs={recent} />}
          </div>
        )}
      </View>
    </>
  );
}

/** With the parts that kinds have at its head, whose code would come after the rest and push it down. */
async function loadHome(kinds: readonly KindConsole[], signal: AbortSignal) {
  const createdFrom = new Date(Date.now() - dayMs).toISOString();
  const [account, { counts }, active, failed, recent, ...parts] = await Promise.all([
    api().me({}, { signal }),
    api().jobStats({}, { signal }),
    api().listJobs({ query: { phase: 'active', limit: 6 } }, { signal }),
    api().listJobs({ query: { phase: 'failed', createdFrom, limit: 1 } }, { signal }),
    api().listJobs({ query: { limit: 8 } }, { signal }),
    ...kinds.flatMap(({ home }) => home?.() ?? []),
  ]);
  const of = (phase: ListedJob['phase']): number =>
    counts.filter((each) => each.phase === phase).reduce((sum, each) => sum + each.count, 0);
  return {
    account,
    counts: { active: of('active'), waiting: of('waiting'), succeeded: of('succeeded'), failed: of('failed') },
    active: active.jobs,
    failed: failed.total,
    recent: recent.jobs,
    parts: parts.map((module) => module.default),
  };
}

function Figure({ text, to, value, tone }: {
  readonly text: string;
  readonly to: string;
  readonly value: number;
  readonly tone: ListedJob['phase'];
}) {
  return (
    <Link to={to} class={`card home-figure ${value > 0 ? tone : ''}`}>
      <span class="home-number">{count(value)}</span>
      <span class="quiet">{text}</span>
    </Link>
  );
}

function Credits({ credits, reserved }: { readonly credits: number; readonly reserved: number }) {
  return (
    <Link to="/credits" class="card home-figure">
      <span class="home-number"><Coins size={20} aria-hidden="true" />{count(credits)}</span>
      <span class="quiet">
        {reserved > 0 ? say().held(reserved) : `${say().credits}, ${say().available}`}
      </span>
    </Link>
  );
}

function NeedsYou({ failed, credits }: {
  /** How many jobs have, since yesterday. */
  readonly failed: number;
  readonly credits: number | null;
}) {
  const isLow = credits !== null && credits < fewCredits;
  if (failed === 0 && !isLow) {
    return <p class="home-calm quiet"><CircleCheck size={18} aria-hidden="true" />{say().calm}</p>;
  }
  return (
    <section class="stack">
      <h2>{say().needsYou}</h2>
      {isLow && (
        <Link to="/credits" class="notice home-need">
          <Coins size={18} aria-hidden="true" />
          <span class="grow">{credits === 0 ? say().noCredits : say().lowCredits(credits)}</span>
          <ArrowRight size={18} aria-hidden="true" />
        </Link>
      )}
      {failed > 0 && (
        <Link to="/jobs?phase=failed" class="notice home-need bad">
          <CircleAlert size={18} aria-hidden="true" />
          <span class="grow">{say().failures(failed)}</span>
          <ArrowRight size={18} aria-hidden="true" />
        </Link>
      )}
    </section>
  );
}

function Section({ title, jobs }: { readonly title: string; readonly jobs: readonly ListedJob[] }) {
  return (
    <section class="stack">
      <div class="row spread"><h2>{title}</h2><Link to="/jobs">{say().all}</Link></div>
      <JobRows jobs={jobs} caption={title} />
    </section>
  );
}

function HomeSkeleton() {
  return (
    <div class="home">
      <Skeleton height="tile" />
      <div class="home-figures">{[0, 1, 2, 3].map((at) => <Skeleton key={at} height="card" />)}</div>
      <Skeleton lines={6} />
    </div>
  );
}
