import type { KindQuotas } from '../domain/account/quotas.ts';
import { commandModule } from '../kinds/command/module.ts';
import { imageSetModule } from '../kinds/image-set/module.ts';
import type { KindModule } from '../kinds/module.ts';
import { productImageModule } from '../kinds/product-image/module.ts';
import { taskModule } from '../kinds/task/module.ts';
import type { ApplicationsOf } from '../services/engine.ts';
import type { Mounted } from '../transports/rest/serve.ts';

/** The kinds of job that Waybill has. */
export const kindModules = {
  imageSet: imageSetModule, task: taskModule, command: commandModule, productImage: productImageModule,
};

/** What their routes are about, by their tag. */
export const kindTags: Readonly<Record<string, string>> = Object.assign(
  {}, ...Object.values<Pick<KindModule, 'tags'>>(kindModules).map(({ tags }) => tags),
);

/** What kinds limit of what is kept for one owner, by their names: of Waybill's own, and of `more`. */
export function quotasOf(more: Readonly<Record<string, KindModule>> = {}): Readonly<Record<string, KindQuotas>> {
  const modules = Object.values<Pick<KindModule, 'kind' | 'quotas'>>({ ...more, ...kindModules });
  return Object.fromEntries(modules.flatMap(({ kind, quotas }) => (quotas === undefined ? [] : [[kind.name, quotas]])));
}

export type KindApplications = ApplicationsOf<typeof kindModules>;

/** The routes of all kinds with their handlers, for as much as is there of what answers them. */
export function mountKinds(
  applications: { readonly [Name in keyof KindApplications]?: Partial<KindApplications[Name]> },
): readonly Mounted[] {
  return Object.entries<Pick<KindModule<object>, 'mount'>>(kindModules).flatMap(([name, module]) =>
    module.mount(applications[name as keyof KindApplications] ?? {}),
  );
}
