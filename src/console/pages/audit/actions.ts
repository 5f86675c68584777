import { byName } from '../../language/format.ts';
import { texts } from '../../language/language.ts';
import { useKinds } from '../../shell/kinds.ts';

/** The routes of the core that are audited. */
const say = texts({
  en: {
    createUser: 'User added', updateUser: 'User changed', deleteUser: 'User deleted',
    createToken: 'Key made for somebody', revokeToken: 'Key of somebody revoked',
    revokeTokens: 'All keys of somebody revoked', grantCredits: 'Credits or plan given', putPlan: 'Plan changed',
    createSchedule: 'Schedule created', replaceSchedule: 'Schedule changed', deleteSchedule: 'Schedule deleted',
    triggerSchedule: 'Schedule run', rotateWebhookSecret: 'Webhook secret rotated', enableWebhook: 'Webhook enabled',
    replayWebhookDelivery: 'Webhook sent again', cancelJob: 'Job canceled', retryJob: 'Job retried',
  },
  de: {
    createUser: 'Benutzer angelegt', updateUser: 'Benutzer geändert', deleteUser: 'Benutzer gelöscht',
    createToken: 'Schlüssel für jemanden angelegt', revokeToken: 'Schlüssel von jemandem widerrufen',
    revokeTokens: 'Alle Schlüssel von jemandem widerrufen', grantCredits: 'Guthaben oder Tarif gegeben',
    putPlan: 'Tarif geändert',
    createSchedule: 'Zeitplan angelegt', replaceSchedule: 'Zeitplan geändert', deleteSchedule: 'Zeitplan gelöscht',
    triggerSchedule: 'Zeitplan ausgeführt', rotateWebhookSecret: 'Webhook-Geheimnis gewechselt',
    enableWebhook: 'Webhook eingeschaltet', replayWebhookDelivery: 'Webhook noch einmal gesendet',
    cancelJob: 'Auftrag abgebrochen', retryJob: 'Auftrag wiederholt',
  },
});

/** What each of the routes that are audited does, sorted by that. */
export function useActions(): ReadonlyMap<string, string> {
  const known = Object.assign({}, say(), ...useKinds().map(({ audited }) => audited?.())) as Record<string, string>;
  return new Map(Object.entries(known).sort(([, a], [, b]) => byName(a, b)));
}
