import { ok, refuse, type Result } from '../../../contract/errors.ts';
import {
  guidePage, llmsText, markdownAddress, searchPage, type Surroundings,
} from '../../../transports/documentation/guide-pages.ts';
import { Library } from '../../../transports/documentation/library.ts';
import type { Page } from '../../../transports/documentation/policy.ts';
import { createSearch, type SearchDocs } from '../../../transports/documentation/search.ts';
import type { RuntimeRoute } from '../../../transports/rest/runtime-route.ts';
import { version } from '../../version.ts';
import { readDocs, readPicture, readSearchedDocs } from './shipped.ts';

const [searchAddress, mostFound, longestQuery] = ['docs/search', 20, 300];

/** The guides that are shipped, below `/docs`; their text at the same addresses with `.md`; a search; `/llms.txt`. */
export function documentationRoutes(publicUrl: string): RuntimeRoute[] {
  const around = once(async (): Promise<Surroundings> => (
    { library: new Library(await readDocs()), version, apiAddress: 'docs', searchAddress }
  ));
  const search = once(async (): Promise<SearchDocs> => createSearch(await readSearchedDocs()));
  const pages = new Map<string, Promise<Page>>();
  const find = async (url: URL): Promise<Result<Response>> => {
    const query = (url.searchParams.get('q') ?? '').trim().slice(0, longestQuery);
    const found = query === '' ? [] : (await search())(query, mostFound);
    return htmlAnswer(await searchPage(await around(), query, found));
  };
  const show = async (address: string): Promise<Result<Response>> => {
    const all = await around();
    const page = all.library.pageAt(address);
    if (page !== undefined) {
      const made = pages.get(address) ?? guidePage(all, page);
      pages.set(address, made);
      return htmlAnswer(await made);
    }
    const source = all.library.pages.find(({ path }) => markdownAddress(all.library.addressOf(path) ?? '') === address);
    if (source !== undefined) return answer(source.markdown, 'text/markdown; charset=utf-8');
    if (all.library.addressOf(address) === address) return answer(await readPicture(address), 'image/webp');
    return refuse('not_found', `There is no page ${address.slice(0, 200)}: /docs/guides lists those there are.`);
  };
  const serve: RuntimeRoute['serve'] = async (request) => {
    const url = new URL(request.url);
    const address = url.pathname.replace(/^\/+|\/+$/g, '');
    return address === searchAddress ? find(url) : show(address);
  };
  const llms = async (): Promise<Result<Response>> =>
    answer(llmsText(await around(), publicUrl), 'text/plain; charset=utf-8');
  const methods = ['GET'];
  return [
    { path: '/docs/*', methods, quiet: true, serve },
    { path: '/llms.txt', methods, quiet: true, serve: llms },
  ];
}

function htmlAnswer({ html, policy }: Page): Result<Response> {
  return answer(html, 'text/html; charset=utf-8', { 'content-security-policy': policy });
}

/** May be kept, but asked for again each time: a new version of the server has new pages. */
function answer(
  body: string | Uint8Array<ArrayBuffer>, type: string, more: Readonly<Record<string, string>> = {},
): Result<Response> {
  return ok(new Response(body, { headers: { 'content-type': type, 'cache-control': 'no-cache', ...more } }));
}

/** What is made when it is first asked for, and again after it has failed. */
function once<T>(make: () => Promise<T>): () => Promise<T> {
  let made: Promise<T> | null = null;
  return () => (made ??= make().catch((error: unknown) => {
    made = null;
    throw error;
  }));
}
