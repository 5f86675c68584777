import { RotateCw, Send } from 'lucide-preact';
import { useState } from 'preact/hooks';
import type { CoreRoutes } from '../../../contract/core-routes.ts';
import type { RouteAnswer } from '../../../contract/route.ts';
import { moment } from '../../language/format.ts';
import { Button } from '../../parts/button.tsx';
import { Code } from '../../parts/copy.tsx';
import { confirmed } from '../../parts/dialog.tsx';
import { TextField } from '../../parts/field.tsx';
import { attempt } from '../../parts/messages.tsx';
import { Table, type Column } from '../../parts/table.tsx';
import { Ago, Moment } from '../../parts/time.tsx';
import { Failure, Skeleton, View } from '../../parts/view.tsx';
import { api } from '../../server/api.ts';
import { useLoad } from '../../server/load.ts';
import { useSending } from '../../server/sending.ts';
import { forgetDraft, useDraft } from '../../shell/draft.ts';
import { go } from '../../shell/router.ts';
import { say } from './texts.ts';

type Endpoint = RouteAnswer<CoreRoutes['listDisabledWebhooks']>['endpoints'][number];

export function Endpoints() {
  return <div class="stack webhook-parts"><Try /><Secret /><Disabled /></div>;
}

function Try() {
  const [url, setUrl] = useDraft('webhook', '');
  const { busy, failure, fields, send } = useSending();
  const [isHttp, setHttp] = useState(true);
  const reasons = (failure?.details['reasons'] ?? {}) as { readonly url?: string };
  const problem = isHttp ? fields['url'] && (reasons.url === 'private_address' ? say().privateUrl : fields['url'])
    : say().notHttp;
  const test = async (): Promise<void> => {
    const { deliveryId } = await api().testWebhook({ body: { url: url.trim() } });
    forgetDraft('webhook');
    go(`/webhooks/${deliveryId}`);
  };
  return (
    <section class="card stack" aria-labelledby="try">
      <h2 id="try">{say().tryTitle}</h2>
      <p>{say().tryText}</p>
      <form class="stack" onSubmit={(event) => {
        event.preventDefault();
        const fits = /^https?:\/\/[^@/]+(\/|$)/i.test(url.trim());
        setHttp(fits);
        if (fits) void send(test);
      }}>
        {failure !== null && fields['url'] === undefined && <Failure of={failure} />}
        <TextField
          label={say().tryUrl} value={url} onValue={setUrl} type="url" required maxLength={2_048}
          problem={problem}
        />
        <div class="row"><Button type="submit" icon={Send} busy={busy}>{say().try}</Button></div>
      </form>
    </section>
  );
}

function Secret() {
  const loaded = useLoad((signal) => api().getWebhookSecret({}, { signal }), []);
  const [isShown, setShown] = useState(false);
  const rotate = async (): Promise<void> => {
    const isSure = await confirmed({
      title: say().rotateTitle, text: say().rotateText, action: say().rotate, dangerous: true,
    });
    if (!isSure) return;
    await attempt(async () => {
      const next = await api().rotateWebhookSecret({});
      loaded.change(() => next);
      setShown(true);
    }, say().rotated);
  };
  return (
    <section class="card stack" aria-labelledby="secret">
      <h2 id="secret">{say().secretTitle}</h2>
      <p>{say().secretText}</p>
      <View of={loaded} skeleton={<Skeleton lines={2} />}>
        {({ secret, createdAt, previous }) => (
          <>
            {isShown && <Code text={secret} wrap />}
            <p class="small quiet">{say().since} <Moment at={createdAt} /></p>
            {previous.map(({ createdAt: at, expiresAt }) => expiresAt !== null && (
              <p key={at} class="small quiet">{say().old(moment(Date.parse(expiresAt)))}</p>
            ))}
            <div class="row">
              <Button onClick={() => setShown(!isShown)}>{isShown ? say().hide : say().show}</Button>
              <Button icon={RotateCw} onClick={() => void rotate()}>{say().rotate}</Button>
            </div>
          </>
        )}
      </View>
    </section>
  );
}

function Disabled() {
  const loaded = useLoad((signal) => api().listDisabledWebhooks({}, { signal }), []);
  const enable = async ({ url }: Endpoint): Promise<void> => {
    await attempt(() => api().enableWebhook({ body: { url } }), say().enabled, loaded.reload);
  };
  const columns: readonly Column<Endpoint>[] = [
    { name: 'to', head: say().to, cell: ({ url }) => <span class="webhook-url">{url}</span> },
    { name: 'since', head: say().since, cell: ({ disabledAt }) => <Ago at={disabledAt} /> },
    {
      name: 'actions', head: <span class="unseen">{say().actions}</span>, numeric: true,
      cell: (endpoint) => (
        <Button look="quiet" label={say().enableOf(endpoint.url)} onClick={() => void enable(endpoint)}>
          {say().enable}
        </Button>
      ),
    },
  ];
  return (
    <section class="card stack" aria-labelledby="disabled">
      <h2 id="disabled">{say().disabledTitle}</h2>
      <View of={loaded} skeleton={<Skeleton lines={2} />}>
        {({ endpoints }) => (endpoints.length === 0 ? <p class="quiet">{say().noDisabled}</p> : (
          <>
            <p>{say().disabledText}</p>
            <Table
              caption={say().disabledCaption} columns={columns} rows={endpoints} keyOf={({ url }) => url}
            />
          </>
        ))}
      </View>
    </section>
  );
}
