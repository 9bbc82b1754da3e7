/** What a credential may do; an API key has some, a person's token may carry some. */
export const SCOPES = [
  'admin:read',
  'admin:write',
  'audiences:read',
  'audiences:write',
  'audit:read',
  'devices:read',
  'devices:write',
  'events:approve',
  'events:read',
  'events:write',
  'fleet:write',
  'keys:read',
  'keys:write',
  'notifications:read',
  'notifications:write',
  'preferences:read',
  'preferences:write',
  'settings:read',
  'settings:write',
  'templates:read',
  'templates:write',
  'users:read',
  'users:write',
] as const
export type Scope = (typeof SCOPES)[number]

/** Who calls. The tenant always comes from here, never from the request. */
export type Caller = Service | Person

export interface Service {
  readonly kind: 'service'
  readonly keyId: string
  readonly tenantId: string
  readonly scopes: ReadonlySet<string>
}

export interface Person {
  readonly kind: 'person'
  readonly tenantId: string
  readonly userId: string
  readonly scopes: ReadonlySet<string>
}

/**
 * own: people may call it for themselves without any scope. scoped: people need the scope as services do. Either way a
 * person only ever reaches what is theirs.
 */
export type Access = 'public' | { readonly scope: Scope; readonly people: 'own' | 'scoped' }

/** As the audit log names who calls. */
export function actorOf(caller: Caller): string {
  return caller.kind === 'service' ? `key:${caller.keyId}` : `user:${caller.userId}`
}

export function mayCall(caller: Caller, access: Exclude<Access, 'public'>): boolean {
  return caller.scopes.has(access.scope) || (caller.kind === 'person' && access.people === 'own')
}
