import { CircleCheck, CircleDashed, CircleX, Container, Plug, Power, PowerOff, Trash2 } from 'lucide-preact';
import { useState } from 'preact/hooks';
import { count, duration } from '../../../console/language/format.ts';
import { Button } from '../../../console/parts/button.tsx';
import { Code } from '../../../console/parts/copy.tsx';
import { confirmed } from '../../../console/parts/dialog.tsx';
import { Link } from '../../../console/parts/link.tsx';
import { attempt } from '../../../console/parts/messages.tsx';
import { PageHead } from '../../../console/parts/page-head.tsx';
import { Ago } from '../../../console/parts/time.tsx';
import { Empty, Skeleton, View } from '../../../console/parts/view.tsx';
import { api } from '../../../console/server/api.ts';
import { useLoad } from '../../../console/server/load.ts';
import type { RouteAnswer } from '../../../contract/route.ts';
import type { providerRoutes } from '../contract/providers.ts';
import { say as ofPages } from './page-texts.ts';
import { say as ofCommands } from './texts.ts';
import './command.css';

const say = () => ofPages().provide;
type Routes = typeof providerRoutes;
type Provider = RouteAnswer<Routes['getProvider']>;
const everyMs = 10_000;

export default function Providers() {
  const loaded = useLoad((signal) => api<Routes>().listProviders({}, { signal }), [], { everyMs });
  return (
    <>
      <PageHead title={ofCommands().providers} lead={say().lead} />
      <View of={loaded} skeleton={<Skeleton lines={3} height="card" />}>
        {({ providers }) =>
          providers.length === 0 ? (
            <Empty icon={Container} title={say().none}>
              <p>{say().noneText}</p>
              <Code text="waybill provider create docker --type docker" wrap />
            </Empty>
          ) : (
            <div class="providers">
              {providers.map((provider) => (
                <Card key={provider.id} provider={provider} reload={loaded.reload} />
              ))}
            </div>
          )
        }
      </View>
    </>
  );
}

function Card({ provider, reload }: { readonly provider: Provider; readonly reload: () => Promise<void> }) {
  const { name, type, status, activeWorkers, maxWorkers, spareWorkers, priority, labels, config } = provider;
  return (
    <article class="card provider" aria-label={name}>
      <header>
        <h2>{name}</h2>
        <span class="quiet">{type}</span>
        {status !== 'ACTIVE' && <span class="phase">{say().status[status]}</span>}
        <Health provider={provider} />
      </header>
      <p class="meter-text">
        <Link to="/workers">{say().workers}</Link>
        {say().ofMax(count(activeWorkers), count(maxWorkers))}
      </p>
      <meter min={0} max={maxWorkers} value={activeWorkers} aria-label={say().workers} />
      <dl class="facts">
        {spareWorkers > 0 && (
          <>
            <dt>{say().spare}</dt>
            <dd>{count(spareWorkers)}</dd>
          </>
        )}
        {priority !== 0 && (
          <>
            <dt>{say().priority}</dt>
            <dd>{count(priority)}</dd>
          </>
        )}
        <Abilities provider={provider} />
        {Object.keys(labels).length > 0 && (
          <>
            <dt>{say().labels}</dt>
            <dd>
              {Object.entries(labels)
                .map(([label, value]) => `${label}=${value}`)
                .join(', ')}
            </dd>
          </>
        )}
        {Object.keys(config).length > 0 && (
          <>
            <dt>{say().config}</dt>
            <dd>
              <code>{JSON.stringify(config)}</code>
            </dd>
          </>
        )}
      </dl>
      <Actions provider={provider} reload={reload} />
    </article>
  );
}

function Health({ provider: { health } }: { readonly provider: Provider }) {
  if (health === null) {
    return (
      <span class="phase">
        <CircleDashed size={14} aria-hidden="true" />
        {say().untested}
      </span>
    );
  }
  const Icon = health.healthy ? CircleCheck : CircleX;
  return (
    <>
      <span class={`phase ${health.healthy ? 'succeeded' : 'failed'}`}>
        <Icon size={14} aria-hidden="true" />
        {health.healthy ? say().healthy : say().unhealthy}
      </span>
      <p class="health small quiet">
        {health.message} · {say().answered(duration(health.latencyMs))}, {say().checked} <Ago at={health.at} />
      </p>
    </>
  );
}

function Abilities({ provider: { capabilities } }: { readonly provider: Provider }) {
  if (capabilities === null) return null;
  const { images, limits, gpu, networkModes } = capabilities;
  const can = [
    ...(images ? [say().images] : []),
    ...(limits ? [say().limits] : []),
    ...(gpu ? [say().gpu] : []),
    ...(networkModes.length > 0 ? [say().networks(networkModes.join(', '))] : []),
  ];
  return can.length === 0 ? null : (
    <>
      <dt>{say().can}</dt>
      <dd>{can.join(' · ')}</dd>
    </>
  );
}

function Actions({
  provider: { id, name, status, activeWorkers },
  reload,
}: {
  readonly provider: Provider;
  readonly reload: () => Promise<void>;
}) {
  const [busy, setBusy] = useState<string | null>(null);
  const params = { id };
  const run = async (what: string, act: () => Promise<unknown>, done?: string): Promise<void> => {
    setBusy(what);
    await attempt(act, done, reload);
    setBusy(null);
  };
  const disable = async (): Promise<void> => {
    const isSure = await confirmed({
      title: say().disableTitle(name),
      text: say().disableText,
      action: say().disable,
      dangerous: true,
    });
    if (isSure) await run('status', () => api<Routes>().disableProvider({ params, body: {} }), say().disabled);
  };
  const remove = async (): Promise<void> => {
    const isSure = await confirmed({
      title: say().removeTitle(name),
      text: say().removeText,
      action: say().remove,
      dangerous: true,
    });
    if (isSure) await run('remove', () => api<Routes>().deleteProvider({ params }), say().removed);
  };
  const enable = () => run('status', () => api<Routes>().enableProvider({ params }), say().enabled);
  const test = () =>
    run(
      'test',
      async () => {
        const { health } = await api<Routes>().testProvider({ params });
        if (health?.healthy === false) throw new Error(health.message);
      },
      say().tested,
    );
  return (
    <footer class="actions">
      <Button icon={Plug} busy={busy === 'test'} onClick={() => void test()}>
        {say().test}
      </Button>
      {status === 'ACTIVE' ? (
        <Button icon={PowerOff} busy={busy === 'status'} onClick={() => void disable()}>
          {say().disable}
        </Button>
      ) : (
        <Button icon={Power} busy={busy === 'status'} onClick={() => void enable()}>
          {say().enable}
        </Button>
      )}
      {status !== 'ACTIVE' && activeWorkers === 0 && (
        <Button
          icon={Trash2}
          look="quiet"
          label={say().remove}
          busy={busy === 'remove'}
          onClick={() => void remove()}
        />
      )}
    </footer>
  );
}
