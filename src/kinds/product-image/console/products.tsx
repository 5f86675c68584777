import { ImageOff, Plus, Shirt } from 'lucide-preact';
import { useEffect, useState } from 'preact/hooks';
import { money } from '../../../console/language/format.ts';
import { Button, ButtonLink } from '../../../console/parts/button.tsx';
import { SelectField, TextField } from '../../../console/parts/field.tsx';
import { Link } from '../../../console/parts/link.tsx';
import { PageHead } from '../../../console/parts/page-head.tsx';
import { PhaseMark } from '../../../console/parts/phase.tsx';
import { shared } from '../../../console/parts/texts.ts';
import { Empty, Skeleton, View } from '../../../console/parts/view.tsx';
import { useLoad } from '../../../console/server/load.ts';
import { objectUrl } from '../../../console/server/objects.ts';
import { place, setQuery } from '../../../console/shell/router.ts';
import type { CoreRoutes } from '../../../contract/core-routes.ts';
import type { RouteInput } from '../../../contract/route.ts';
import type { ListedProductImage } from '../contract/product-image-job.ts';
import { products } from './client.ts';
import { say, stateText } from './texts.ts';
import './products.css';

const pageSize = 24;
const phases = ['waiting', 'active', 'succeeded', 'failed'] as const;

/** Product images as cards, newest first. */
export default function Products() {
  const { query } = place.value;
  const asked = (name: string): string => query.get(name) ?? '';
  const [sku, theme, phase] = [asked('sku'), asked('theme'), asked('phase')];
  const [limit, setLimit] = useState(pageSize);
  const list = useLoad(
    (signal) => loadCards({
      kind: 'product-image', limit,
      ...(sku !== '' && { sku }), ...(theme !== '' && { theme }), ...(phase !== '' && { phase: phase as 'failed' }),
    }, signal),
    [sku, theme, phase, limit],
    { live: 'jobs', throttleMs: 2_000 },
  );
  const themes = useLoad((signal) => products().listThemes({}, { signal }), []);
  return (
    <>
      <PageHead title={say().products} lead={say().lead}>
        <ButtonLink look="primary" icon={Plus} to="/products/new">{say().add}</ButtonLink>
      </PageHead>
      <form class="product-filters" role="search" onSubmit={(event) => event.preventDefault()}>
        <SkuField sku={sku} />
        <SelectField
          label={say().theme} value={theme} onValue={(value) => setQuery({ theme: value })}
          options={[['', say().allThemes], ...(themes.data.value?.themes ?? []).map((each) =>
            [each.name, each.title] as const)]}
        />
        <SelectField
          label={say().state} value={phase} onValue={(value) => setQuery({ phase: value })}
          options={[['', say().allStates], ...phases.map((each) => [each, say().phases[each]] as const)]}
        />
      </form>
      <View of={list} skeleton={<CardSkeletons />}>
        {({ jobs, covers, nextCursor }) => {
          if (jobs.length === 0) return <Nothing isFiltered={sku + theme + phase !== ''} />;
          return (
            <>
              <ul class="product-wall">
                {jobs.map((job) => <Card key={job.id} job={job} cover={covers.get(job.id) ?? null} />)}
              </ul>
              {nextCursor !== null && limit < 192 && (
                <div class="actions"><Button onClick={() => setLimit(limit + pageSize)}>{shared().more}</Button></div>
              )}
            </>
          );
        }}
      </View>
    </>
  );
}

/** A page of jobs, and a picture of each. */
async function loadCards(query: NonNullable<RouteInput<CoreRoutes['listJobs']>['query']>, signal: AbortSignal) {
  const { jobs, nextCursor } = await products().listJobs({ query }, { signal });
  const ids = jobs.map(({ id }) => id).join(',');
  const { covers } = ids === '' ? { covers: [] } : await products().listProductCovers({ query: { ids } }, { signal });
  return {
    jobs: jobs as unknown as readonly ListedProductImage[], nextCursor,
    covers: new Map(covers.map(({ id, url }) => [id, url])),
  };
}

/** Looks when the writing pauses. */
function SkuField({ sku }: { readonly sku: string }) {
  const [text, setText] = useState(sku);
  useEffect(() => {
    const timer = setTimeout(() => setQuery({ sku: text.trim() }), 300);
    return () => clearTimeout(timer);
  }, [text]);
  return <TextField label={say().findSku} type="search" value={text} onValue={setText} />;
}

function Nothing({ isFiltered }: { readonly isFiltered: boolean }) {
  if (isFiltered) return <Empty icon={Shirt} title={say().noneFound} />;
  return (
    <Empty icon={Shirt} title={say().none}>
      <p>{say().noneText}</p>
      <pre class="block">waybill product import products.csv</pre>
    </Empty>
  );
}

function Card({ job, cover }: { readonly job: ListedProductImage; readonly cover: string | null }) {
  return (
    <li class="card product-card">
      <Link to={`/products/${job.id}`}>
        <div class="product-picture">
          {cover === null
            ? <ImageOff size={28} aria-hidden="true" />
            : <img src={objectUrl(cover)} alt={job.sku} loading="lazy" />}
        </div>
        <span class="product-name">{job.sku}</span>
      </Link>
      <div class="row spread">
        <PhaseMark phase={job.phase} text={stateText(job.status)} />
        <span class="quiet small">{job.costMicroUsd > 0 ? money(job.costMicroUsd) : job.theme}</span>
      </div>
    </li>
  );
}

function CardSkeletons() {
  return <div class="product-wall">{Array.from({ length: 8 }, (_, at) => <Skeleton key={at} height="tile" />)}</div>;
}
