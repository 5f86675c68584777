import ipaddr from 'ipaddr.js';

export const maxLength = 2_000;

/** Answers nobody but the machines of a cloud, at an address that is otherwise like any other: Azure's wire server. */
const metadata: ReadonlySet<string> = new Set(['168.63.129.16']);

/** Where a server of one's own may be. Link-local is not among them: clouds keep their machines' credentials there. */
const privateRanges: ReadonlySet<string> = new Set(['private', 'loopback', 'uniqueLocal', 'carrierGradeNat']);

/** Completes "…, ". */
const notAllowed = 'and the server allows that only when it is started with WEBHOOK_ALLOW_PRIVATE=true';

/** All of the Internet that speaks IPv6. */
const globalUnicast = ipaddr.IPv6.parseCIDR('2000::/3');

/**
 * Why nothing may be sent to the URL, or null; it completes "the URL …". Odd spellings of IPv4 (`0x7f.1`, `2130706433`)
 * are no way around: the URL standard reads them as what they are. Names are looked at again when they are resolved.
 */
export function webhookUrlProblem(text: string, allowPrivate: boolean): string | null {
  if (text.length > maxLength) return `must have at most ${maxLength} characters`;
  const url = URL.canParse(text) ? new URL(text) : null;
  if (url === null || !/^https?:$/.test(url.protocol) || url.hostname === '') return 'must be an http or https URL';
  if (url.username !== '' || url.password !== '') return 'must not contain a user name or password';
  const host = url.hostname.replace(/^\[|\]$/g, '');
  if (ipaddr.isValid(host)) return addressProblem(host, allowPrivate);
  const name = host.replace(/\.+$/, '');
  const isLocal = /^(.+\.)?(localhost|localdomain|local|internal|home\.arpa)$/.test(name) || !name.includes('.');
  return isLocal && !allowPrivate ? `names a host of a private network, ${notAllowed}` : null;
}

/** The same of an address that a name resolved to: which one, is not for everybody to know. */
export function resolvedProblem(address: string, allowPrivate: boolean): string | null {
  return addressProblem(address, allowPrivate, 'an address');
}

function addressProblem(address: string, allowPrivate: boolean, shown = address): string | null {
  if (!ipaddr.isValid(address)) return 'leads to an address that is none';
  // An IPv4 address inside an IPv6 one counts as itself.
  const ip = ipaddr.process(address);
  const range = ip.range();
  if (allowPrivate && privateRanges.has(range)) return null;
  const isPublic = range === 'unicast' && !metadata.has(ip.toString())
    && (!(ip instanceof ipaddr.IPv6) || ip.match(globalUnicast));
  return isPublic ? null : `leads to ${shown}, which is no public address, ${notAllowed}`;
}
