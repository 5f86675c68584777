import { byName } from '../../language/format.ts';
import { texts } from '../../language/language.ts';

/** The routes of the core that are audited; one of a kind of job is read from its name. */
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

type Known = keyof ReturnType<typeof say>;

/** "putSecret": "Put secret", where there are no words of its own. */
export function actionText(action: string): string {
  const known = say() as Readonly<Record<string, string>>;
  if (Object.hasOwn(known, action)) return known[action as Known]!;
  const words = action.replaceAll(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);
  return words.charAt(0).toUpperCase() + words.slice(1);
}

export function actionNames(): readonly string[] {
  return Object.keys(say()).sort((a, b) => byName(actionText(a), actionText(b)));
}
