import type { ApiError, ClientErrorCode } from '../../client/index.ts';
import { texts } from './language.ts';

/** What each failure of a call says to whoever did not write the program. The server's own sentence follows it. */
const say = texts({
  en: {
    invalid_request: 'Something in this is not valid.',
    not_found: 'This does not exist, or it belongs to somebody else.',
    invalid_state: 'The job is not in a state that allows this.',
    insufficient_credits: 'There are not enough credits.',
    concurrency_limit: 'As many jobs are running as the plan allows. Wait for one to end.',
    rate_limit: 'Too many requests. Wait a little, then try again.',
    rule_limit: 'As many rules are saved as the plan allows.',
    quota_exceeded: 'A quota of the plan is used up.',
    limit_reached: 'There are as many of these as there may be at once.',
    missing_uploads: 'Some files have not been uploaded.',
    conflict: 'This conflicts with what is stored.',
    idempotency_mismatch: 'The same request was sent before with other contents.',
    idempotency_in_progress: 'The same request is still in progress.',
    unauthenticated: 'You are not logged in any more.',
    forbidden: 'You are not allowed to do this.',
    lease_lost: 'A worker has lost this job in the meantime.',
    unavailable: 'The server cannot do this at the moment. Try again soon.',
    internal: 'The server ran into a fault.',
    network: 'The server cannot be reached.',
    timeout: 'The server did not answer in time.',
    aborted: 'This was stopped.',
    unexpected_answer: 'What came back was not understood.',
  },
  de: {
    invalid_request: 'Etwas daran ist nicht gültig.',
    not_found: 'Das gibt es nicht, oder es gehört jemand anderem.',
    invalid_state: 'Der Zustand des Auftrags lässt das nicht zu.',
    insufficient_credits: 'Es ist nicht genug Guthaben da.',
    concurrency_limit: 'Es laufen so viele Aufträge, wie der Tarif erlaubt. Warten Sie, bis einer fertig ist.',
    rate_limit: 'Zu viele Anfragen. Warten Sie kurz, und versuchen Sie es dann noch einmal.',
    rule_limit: 'Es sind so viele Regeln gespeichert, wie der Tarif erlaubt.',
    quota_exceeded: 'Ein Kontingent des Tarifs ist aufgebraucht.',
    limit_reached: 'Davon gibt es schon so viele, wie es gleichzeitig geben darf.',
    missing_uploads: 'Einige Dateien wurden nicht hochgeladen.',
    conflict: 'Das widerspricht dem, was gespeichert ist.',
    idempotency_mismatch: 'Dieselbe Anfrage wurde schon mit anderem Inhalt gesendet.',
    idempotency_in_progress: 'Dieselbe Anfrage wird noch bearbeitet.',
    unauthenticated: 'Sie sind nicht mehr angemeldet.',
    forbidden: 'Dazu haben Sie nicht die Rechte.',
    lease_lost: 'Ein Worker hat diesen Auftrag inzwischen verloren.',
    unavailable: 'Der Server kann das gerade nicht. Versuchen Sie es bald noch einmal.',
    internal: 'Im Server ist ein Fehler aufgetreten.',
    network: 'Der Server ist nicht erreichbar.',
    timeout: 'Der Server hat nicht rechtzeitig geantwortet.',
    aborted: 'Das wurde abgebrochen.',
    unexpected_answer: 'Die Antwort war nicht zu verstehen.',
  },
} satisfies Record<'en' | 'de', Record<ClientErrorCode, string>>);

export function failureText({ code }: Pick<ApiError, 'code'>): string {
  return say()[code];
}
