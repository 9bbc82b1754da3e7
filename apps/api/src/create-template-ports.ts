import type { Previewers, TemplatePorts } from '@carillon/http-api'
import type { TemplateStore } from '@carillon/store'
import { createTemplateCatalogue } from '@carillon/templates'

/** Long enough that events of one template share a look-up, and nothing is refused or rendered by it. */
const LIVE_VERSION_FRESH_MS = 1_000

export function createTemplatePorts(store: TemplateStore): TemplatePorts {
  return {
    admin: store,
    catalogue: createTemplateCatalogue(store, { freshMs: LIVE_VERSION_FRESH_MS }),
    freshCatalogue: createTemplateCatalogue(store),
    previewers,
  }
}

/** The channels' own code, loaded when somebody looks. */
const previewers: Previewers = {
  async composeSms(content, segmentsMax) {
    const { composeSms } = await import('@carillon/channel-sms')
    return composeSms(content, { segmentsMax })
  },
  async composePush(content) {
    const { composeNote } = await import('@carillon/channel-push')
    const { title, body } = composeNote({ content, notificationId: '', deliveryId: '', category: '' })
    return { title, body }
  },
}
