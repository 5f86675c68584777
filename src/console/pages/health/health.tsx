import { BookOpen, ChartLine, CircleAlert, CircleCheck, type LucideIcon } from 'lucide-preact';
import type { ComponentChildren } from 'preact';
import { ApiError } from '../../../client/index.ts';
import type { CoreRoutes } from '../../../contract/core-routes.ts';
import type { RouteAnswer } from '../../../contract/route.ts';
import { count, duration } from '../../language/format.ts';
import { PageHead } from '../../parts/page-head.tsx';
import { Skeleton, View } from '../../parts/view.tsx';
import { api } from '../../server/api.ts';
import { useLoad } from '../../server/load.ts';
import { href } from '../../shell/router.ts';
import { hasFeature, server } from '../../shell/session.ts';
import { say } from './texts.ts';
import './health.css';

type Health = Omit<RouteAnswer<CoreRoutes['health']>, 'status'>;
type Part = Health['parts'][string];

const everyMs = 5_000;

export default function HealthPage() {
  const loaded = useLoad(async (signal) => {
    const [health, { messages }] = await Promise.all([readHealth(signal), api().showOutbox({}, { signal })]);
    return { health, messages };
  }, [], { everyMs });
  return (
    <>
      <PageHead title={say().title} lead={say().lead}>
        <OutsideLink to="/docs" icon={BookOpen}>{say().docs}</OutsideLink>
        {hasFeature('metrics') && <OutsideLink to="/metrics" icon={ChartLine}>{say().metrics}</OutsideLink>}
      </PageHead>
      <View of={loaded} skeleton={<Skeleton lines={4} height="card" />}>
        {({ health, messages }) => (
          <div class="stack">
            <Figures health={health} messages={messages} />
            <section class="card" aria-labelledby="checks">
              <h2 id="checks">{say().checks}</h2>
              <ul class="health-checks">
                {Object.entries(health.parts).map(([name, part]) => <PartLine key={name} name={name} part={part} />)}
                <Line isFine={health.database.initialized}>
                  {health.database.initialized ? say().schema : say().noSchema}
                </Line>
                <Line isFine={!health.setup.needed}>{health.setup.needed ? say().noAdmin : say().admin}</Line>
                <Line isFine={server.value?.devMode !== true}>
                  {server.value?.devMode === true ? say().devMode : say().production}
                </Line>
                <Address />
                <Line isFine={messages < 1_000}>{messages < 1_000 ? say().sent : say().unsent(count(messages))}</Line>
              </ul>
              <p class="small quiet">{say().doctor} <code>waybill doctor</code></p>
            </section>
          </div>
        )}
      </View>
    </>
  );
}

/** A server that does not work says the same of itself as one that does. */
async function readHealth(signal: AbortSignal): Promise<Health> {
  try {
    return await api().health({}, { signal, retries: 0 });
  } catch (thrown) {
    if (thrown instanceof ApiError && 'parts' in thrown.details) return thrown.details as unknown as Health;
    throw thrown;
  }
}

function Figures({ health: { version, uptimeSeconds }, messages }: {
  readonly health: Health;
  readonly messages: number;
}) {
  return (
    <dl class="cards health-figures">
      <div class="card figure"><dt>{say().version}</dt><dd>{version ?? server.value?.version}</dd></div>
      <div class="card figure"><dt>{say().uptime}</dt><dd>{duration(uptimeSeconds * 1_000)}</dd></div>
      <div class="card figure"><dt>{say().outbox}</dt><dd>{count(messages)}</dd></div>
    </dl>
  );
}

function PartLine({ name, part: { status, name: by, reason } }: { readonly name: string; readonly part: Part }) {
  const names: Readonly<Record<string, string>> = say().parts;
  const what = `${names[name] ?? name}${by === undefined ? '' : ` (${by})`}`;
  if (status === 'ok') return <Line isFine>{say().works(what)}</Line>;
  return <Line isFine={false}>{reason === undefined ? say().fails(what) : say().reasons[reason](what)}</Line>;
}

/** Files are fetched from where the server believes to be: pages that came from elsewhere may not reach them. */
function Address() {
  const told = server.value?.publicUrl;
  if (told === undefined) return null;
  const isHere = new URL(told).origin === location.origin;
  return <Line isFine={isHere}>{isHere ? say().address : say().otherAddress(told, location.origin)}</Line>;
}

function Line({ isFine, children }: { readonly isFine: boolean; readonly children: ComponentChildren }) {
  const Icon = isFine ? CircleCheck : CircleAlert;
  return (
    <li class={isFine ? 'fine' : 'not-fine'}>
      <Icon size={18} aria-hidden="true" />
      <span class="unseen">{isFine ? say().fine : say().notFine}: </span>
      <span>{children}</span>
    </li>
  );
}

function OutsideLink({ to, icon: Icon, children }: {
  readonly to: string;
  readonly icon: LucideIcon;
  readonly children: ComponentChildren;
}) {
  return (
    <a class="button plain" href={href(to)} data-outside=""><Icon size={16} aria-hidden="true" />{children}</a>
  );
}
