import { Ban, Check, LoaderCircle, X, type LucideIcon } from 'lucide-preact';
import type { CoreRoutes } from '../../../contract/core-routes.ts';
import type { RouteAnswer } from '../../../contract/route.ts';
import { Badge } from '../../parts/badge.tsx';
import { say } from './texts.ts';

export type Delivery = RouteAnswer<CoreRoutes['listWebhookDeliveries']>['deliveries'][number];
type State = Delivery['state'];

export const states: readonly State[] = ['pending', 'delivered', 'failed', 'disabled'];

const looks: Readonly<Record<State, { readonly icon: LucideIcon; readonly tone?: 'good' | 'bad' }>> = {
  pending: { icon: LoaderCircle }, delivered: { icon: Check, tone: 'good' }, failed: { icon: X, tone: 'bad' },
  disabled: { icon: Ban },
};

export function DeliveryState({ of }: { readonly of: State }) {
  return <Badge {...looks[of]}>{say().states[of]}</Badge>;
}
