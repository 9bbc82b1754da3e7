import type { AuditEntry } from '@carillon/contracts'

export interface AuditAct {
  readonly tenantId: string
  readonly actor: string
  readonly action: string
  readonly subject: string | null
  readonly detail: Readonly<Record<string, unknown>> | null
}

export interface AuditQuery {
  readonly tenantId: string
  readonly actor: string | undefined
  readonly subject: string | undefined
  /** Entries before this one. */
  readonly before: string | undefined
  readonly limit: number
}

export interface AuditStore {
  keepAct(act: AuditAct): Promise<void>
  /** The newest first. */
  listActs(query: AuditQuery): Promise<readonly AuditEntry[]>
}
