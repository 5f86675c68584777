/** Who may do what: decided as RBAC does, from the role that Waybill ships. */
import { readFileSync } from 'node:fs';
import { loadAllYaml } from '@kubernetes/client-node';

export interface Request {
  readonly verb: string;
  readonly resource: string;
  readonly namespace: string | null;
  readonly group: string;
}

interface Rule {
  readonly apiGroups: string[];
  readonly resources: string[];
  readonly verbs: string[];
}

interface Manifest {
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly namespace?: string };
  readonly rules?: Rule[];
  readonly subjects?: { readonly kind: string; readonly name: string; readonly namespace: string }[];
  readonly roleRef?: { readonly kind: string; readonly name: string };
}

export const rbacFile = new URL('../../../deploy/kubernetes/rbac.yaml', import.meta.url);
const manifests = loadAllYaml(readFileSync(rbacFile, 'utf8')) as Manifest[];

export type User = 'admin' | 'waybill' | 'nobody';

export const tokens: Readonly<Record<User, string>> = {
  admin: 'token-of-admin', waybill: 'token-of-waybill', nobody: 'token-of-nobody',
};

export const nameOf = (user: User): string => `system:serviceaccount:${user}:${user}`;

/** Null if no credentials, or unknown ones, come with the request. */
export function userOf(authorization: string | undefined): User | null {
  const known = Object.entries(tokens).find(([, token]) => authorization === `Bearer ${token}`);
  return (known?.[0] ?? null) as User | null;
}

/** `home`: the namespace that stands for the role's own, so that each test has one. */
export function isAllowed(user: User, request: Request, home: string): boolean {
  if (user === 'admin') return true;
  // What everyone who is authenticated may ask.
  if (request.resource === 'selfsubjectaccessreviews' || request.resource === 'version') return true;
  return manifests.some((binding) => {
    const isFor = binding.subjects?.some(({ name, namespace }) => nameOf(user) === serviceAccount(namespace, name));
    if (!isFor || request.namespace !== home) return false;
    const role = manifests.find(({ kind, metadata }) =>
      kind === binding.roleRef?.kind && metadata.name === binding.roleRef.name);
    return role?.rules?.some(({ apiGroups, resources, verbs }) =>
      apiGroups.includes(request.group) && resources.includes(request.resource) && verbs.includes(request.verb));
  });
}

/** All that the role gives: "create pods". */
export function grantedRights(): Set<string> {
  const rules = manifests.flatMap(({ rules: each = [] }) => each);
  return new Set(rules.flatMap(({ verbs, resources }) =>
    verbs.flatMap((verb) => resources.map((resource) => `${verb} ${resource}`))));
}

function serviceAccount(namespace: string, name: string): string {
  return `system:serviceaccount:${namespace}:${name}`;
}
