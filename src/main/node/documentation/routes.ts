import { ok, refuse, type Result } from '../../../contract/errors.ts';
import type { Surroundings } from '../../../transports/documentation/guide-pages.ts';
import type { Page } from '../../../transports/documentation/policy.ts';
import type { RuntimeRoute } from '../../../transports/rest/runtime-route.ts';
import { version } from '../../version.ts';
import { once } from '../once.ts';

const [searchAddress, mostFound, longestQuery] = ['docs/search', 20, 300];

/** The guides that are shipped, below `/docs`; their text at the same addresses with `.md`; a search; `/llms.txt`. */
export function documentationRoutes(publicUrl: string): RuntimeRoute[] {
  const reader = once(openReader);
  const serve: RuntimeRoute['serve'] = async (request) => {
    const url = new URL(request.url);
    const address = url.pathname.replace(/^\/+|\/+$/g, '');
    const { find, show } = await reader();
    return address === searchAddress ? find(url) : show(address);
  };
  const llms = async (): Promise<Result<Response>> => (await reader()).llms(publicUrl);
  const methods = ['GET'];
  return [
    { path: '/docs/*', methods, quiet: true, serve },
    { path: '/llms.txt', methods, quiet: true, serve: llms },
  ];
}

interface Reader {
  readonly find: (url: URL) => Promise<Result<Response>>;
  readonly show: (address: string) => Promise<Result<Response>>;
  readonly llms: (publicUrl: string) => Result<Response>;
}

/** Loaded when somebody reads: a server starts without the pages, and what renders them. */
async function openReader(): Promise<Reader> {
  const [rendering, { Library }, { docsSearch, readDocs, readPicture }] = await Promise.all([
    import('../../../transports/documentation/guide-pages.ts'),
    import('../../../transports/documentation/library.ts'),
    import('./shipped.ts'),
  ]);
  const { guidePage, llmsText, markdownAddress, searchPage } = rendering;
  const library = new Library(await readDocs());
  const around: Surroundings = { library, version, apiAddress: 'docs', searchAddress };
  const pages = new Map<string, Promise<Page>>();
  return {
    find: async (url) => {
      const query = (url.searchParams.get('q') ?? '').trim().slice(0, longestQuery);
      const found = query === '' ? [] : (await docsSearch())(query, mostFound);
      return htmlAnswer(await searchPage(around, query, found));
    },
    show: async (address) => {
      const page = library.pageAt(address);
      if (page !== undefined) {
        const made = pages.get(address) ?? guidePage(around, page);
        pages.set(address, made);
        return htmlAnswer(await made);
      }
      const source = library.pages.find(({ path }) => markdownAddress(library.addressOf(path) ?? '') === address);
      if (source !== undefined) return answer(source.markdown, 'text/markdown; charset=utf-8');
      if (library.addressOf(address) === address) return answer(await readPicture(address), 'image/webp');
      return refuse('not_found', `There is no page ${address.slice(0, 200)}: /docs/guides lists those there are.`);
    },
    llms: (publicUrl) => answer(llmsText(around, publicUrl), 'text/plain; charset=utf-8'),
  };
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
