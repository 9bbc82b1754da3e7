import type { TemplateDefinition } from '@carillon/contracts'
import type { MessageContent } from '@carillon/delivery'
import type { TemplateCatalogue, TemplateName, TemplateVersionName } from '@carillon/templates'

/** A tenant's own templates; shipped ones are in no store. */
export interface TemplateAdmin {
  listTemplates(tenantId: string): Promise<readonly LiveTemplate[]>
  /** Without a version the live one. */
  findTemplate(name: TemplateName, version?: number): Promise<StoredTemplate | undefined>
  /** The newest first. */
  listVersions(name: TemplateName): Promise<readonly TemplateVersionRow[]>
  /** One statement that counts the version up. Undefined when the tenant has as many templates as one may have. */
  saveTemplate(
    template: TemplateName & {
      readonly definition: TemplateDefinition
      readonly note: string | null
      readonly isLive: boolean
    },
  ): Promise<{ readonly version: number; readonly liveVersion: number | null } | undefined>
  publishVersion(name: TemplateVersionName): Promise<boolean>
  retireTemplate(name: TemplateName): Promise<boolean>
}

export interface LiveTemplate {
  readonly code: string
  readonly version: number
  readonly description: string | null
  readonly locales: readonly string[]
  readonly updatedAt: Date
}

export interface StoredTemplate {
  readonly code: string
  readonly version: number
  readonly liveVersion: number | null
  readonly definition: TemplateDefinition
}

export interface TemplateVersionRow {
  readonly version: number
  readonly note: string | null
  readonly createdAt: Date
  readonly liveVersion: number | null
}

/** What each channel makes of a text, as the channels themselves do it. */
export interface Previewers {
  composeSms(content: MessageContent, segmentsMax: number): Promise<ComposedSms>
  composePush(content: MessageContent): Promise<{ readonly title: string; readonly body: string }>
}

export interface ComposedSms {
  readonly text: string
  readonly encoding: 'GSM-7' | 'UCS-2'
  readonly units: number
  readonly segments: number
  readonly isCut: boolean
}

export interface TemplatePorts {
  readonly admin: TemplateAdmin
  /** What is sent, as the router sees it; may lag behind by a second. */
  readonly catalogue: TemplateCatalogue
  /** The same without any lag: asked before an event is refused. */
  readonly freshCatalogue: TemplateCatalogue
  readonly previewers: Previewers
}
