import { Ban, Check, CircleAlert, CircleDashed, LoaderCircle, Play, RotateCw, X } from 'lucide-preact';
import type { LucideIcon } from 'lucide-preact';
import { duration, money, share } from '../../../console/language/format.ts';
import type { PageProps } from '../../../console/page.ts';
import { Button } from '../../../console/parts/button.tsx';
import { Code } from '../../../console/parts/copy.tsx';
import { confirmed } from '../../../console/parts/dialog.tsx';
import { Link } from '../../../console/parts/link.tsx';
import { attempt } from '../../../console/parts/messages.tsx';
import { PageHead } from '../../../console/parts/page-head.tsx';
import { PhaseMark } from '../../../console/parts/phase.tsx';
import { Ago, When } from '../../../console/parts/time.tsx';
import { Skeleton, View } from '../../../console/parts/view.tsx';
import { useLoad } from '../../../console/server/load.ts';
import type { ProductImageView } from '../contract/product-image-job.ts';
import { products } from './client.ts';
import { ProductPictures } from './pictures.tsx';
import { reasonText, say, stateText } from './texts.ts';
import './products.css';

/** One photo of a product: its pictures, the steps to the shop, what they took and cost. */
export default function Product({ params }: PageProps) {
  const id = params['id']!;
  const loaded = useLoad(async (signal) => {
    const [job, pictures] = await Promise.all([
      products().getJob({ params: { id } }, { signal }) as unknown as Promise<ProductImageView>,
      products().listProductPictures({ params: { id } }, { signal }),
    ]);
    return { job, pictures };
  }, [id], { live: { jobId: id } });
  return (
    <View of={loaded} skeleton={<Skeleton lines={4} height="card" />}>
      {({ job, pictures }) => (
        <>
          <PageHead title={job.sku} crumb={<Link to="/products">{say().products}</Link>}>
            <PhaseMark phase={job.phase} text={stateText(job.status)} />
            <Actions job={job} reload={loaded.reload} />
          </PageHead>
          <Notices job={job} />
          <div class="product-page">
            <ProductPictures pictures={pictures} sku={job.sku} />
            <aside class="stack">
              <Steps job={job} />
              <Details job={job} />
            </aside>
          </div>
        </>
      )}
    </View>
  );
}

function Actions({ job, reload }: { readonly job: ProductImageView; readonly reload: () => Promise<void> }) {
  const params = { id: job.id };
  const act = (what: () => Promise<unknown>, done: string): Promise<boolean> => attempt(what, done, reload);
  if (job.phase === 'failed') {
    const isSpent = job.attempt >= job.maxAttempts;
    return (
      <Button
        look="primary" icon={RotateCw} disabled={isSpent}
        onClick={() => void act(() => products().retryJob({ params }), say().retried)}
      >{say().retry}</Button>
    );
  }
  if (job.endedAt !== null) return null;
  const giveUp = async (): Promise<void> => {
    const { giveUpTitle: title, giveUp: action } = say();
    const question = { title, text: say().giveUpText(job.sku), action, dangerous: true };
    if (!(await confirmed(question))) return;
    await act(() => products().failProductImage({
      params, body: { code: 'UNKNOWN', message: 'Given up by hand in the console.' },
    }), say().gaveUp);
  };
  return (
    <>
      {job.status === 'NEW' && (
        <Button
          look="primary" icon={Play}
          onClick={() => void act(() => products().startProductImage({ params }), say().started)}
        >{say().start}</Button>
      )}
      <Button look="danger" icon={Ban} onClick={() => void giveUp()}>{say().giveUp}</Button>
    </>
  );
}

function Notices({ job }: { readonly job: ProductImageView }) {
  return (
    <>
      {job.errorCode !== null && (
        <div class="notice bad">
          <CircleAlert size={18} aria-hidden="true" />
          <div><strong>{reasonText(job.errorCode)}</strong><p>{job.errorMessage}</p></div>
        </div>
      )}
      {job.pausedUntil !== null && <p class="notice"><span>{say().paused} <When at={job.pausedUntil} /></span></p>}
    </>
  );
}

const steps = ['original', 'segmentation', 'backgrounds', 'composite', 'shopify'] as const;
type Standing = 'done' | 'now' | 'stopped' | 'later';
const marks: Readonly<Record<Standing, LucideIcon>> = {
  done: Check, now: LoaderCircle, stopped: X, later: CircleDashed,
};

function Steps({ job }: { readonly job: ProductImageView }) {
  const { timings, progress: { done }, providers, segmentConfidence: sure } = job;
  const taken = [
    timings.originalMs, timings.segmentationMs, timings.backgroundsMs, timings.compositeMs, timings.shopifyMs,
  ];
  const by: Partial<Record<(typeof steps)[number], string | null>> = {
    segmentation: providers.segmentation, backgrounds: providers.backgrounds,
  };
  // A job that failed says no longer how far it was; what took time was done.
  const reached = job.phase === 'failed' ? taken.filter((ms) => ms !== null).length : done;
  const standingOf = (at: number): Standing => {
    if (at < reached || job.phase === 'succeeded') return 'done';
    if (at > reached || job.phase === 'waiting') return 'later';
    return job.phase === 'failed' ? 'stopped' : 'now';
  };
  return (
    <section class="card">
      <h2>{say().steps}</h2>
      <ol class="product-steps">
        {steps.map((step, at) => {
          const standing = standingOf(at);
          const Icon = marks[standing];
          const who = by[step];
          return (
            <li key={step} class={standing}>
              <Icon size={18} aria-hidden="true" />
              <span>
                {say().stepNames[step]}
                {who && <span class="quiet small"> · {who === 'local' ? say().thisServer : who}</span>}
                {step === 'segmentation' && sure !== null && (
                  <span class="quiet small"> · {say().likely(share(sure))}</span>
                )}
              </span>
              <span class="quiet numeric">{taken[at] == null ? '' : duration(taken[at])}</span>
            </li>
          );
        })}
      </ol>
      {job.phase === 'active' && <p class="quiet small">{say().left(duration(job.remainingSeconds * 1_000))}</p>}
    </section>
  );
}

function Details({ job }: { readonly job: ProductImageView }) {
  return (
    <section class="card">
      <h2>{say().details}</h2>
      <dl class="facts">
        <dt>{job.endedAt === null ? say().costSoFar : say().cost}</dt><dd>{money(job.costMicroUsd)}</dd>
        <dt>{say().theme}</dt><dd>{job.theme}</dd>
        <dt>{say().attempts}</dt><dd>{say().attempt(job.attempt, job.maxAttempts)}</dd>
        {job.shopifyProductId !== null && (
          <><dt>{say().product}</dt><dd><Code text={job.shopifyProductId} /></dd></>
        )}
        {job.shopifyMediaIds.length > 0 && (
          <><dt>{say().media}</dt><dd>{job.shopifyMediaIds.map((id) => <Code key={id} text={id} />)}</dd></>
        )}
        <dt>ID</dt><dd><Code text={job.id} /></dd>
        <dt>{say().changed}</dt>
        <dd><Ago at={job.updatedAt} /><br /><Link to={`/jobs/${job.id}`}>{say().history}</Link></dd>
      </dl>
    </section>
  );
}
