import { distance, duration, moment } from '../language/format.ts';
import { ticking } from '../shell/ticks.ts';

/** "3 minutes ago", with the exact time on hover. `at` as the server writes times. */
export function Ago({ at }: { readonly at: string }) {
  const ms = Date.parse(at);
  return <time dateTime={at} title={moment(ms)}>{distance(Math.min(ms, ticking.value), ticking.value)}</time>;
}

/** "in 4 minutes", "3 minutes ago". */
export function When({ at }: { readonly at: string }) {
  const ms = Date.parse(at);
  return <time dateTime={at} title={moment(ms)}>{distance(ms, ticking.value)}</time>;
}

/** How long something took, or has taken so far. */
export function Took({ from, to }: { readonly from: string; readonly to: string | null }) {
  return <>{duration((to === null ? ticking.value : Date.parse(to)) - Date.parse(from))}</>;
}

export function Moment({ at }: { readonly at: string }) {
  return <time dateTime={at}>{moment(Date.parse(at))}</time>;
}
