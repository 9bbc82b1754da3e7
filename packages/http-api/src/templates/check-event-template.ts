import type { NotificationEvent, Problem } from '@carillon/contracts'
import { type TemplateCatalogue, templateKey } from '@carillon/templates'
import type { TemplatePorts } from './template-ports.ts'

/**
 * What planning would refuse, said at the door. What looks wrong is looked at again without the cache, so that a template
 * may be used in the very moment it was saved.
 */
export async function findTemplateProblems(
  { catalogue, freshCatalogue }: Pick<TemplatePorts, 'catalogue' | 'freshCatalogue'>,
  tenantId: string,
  event: Pick<NotificationEvent, 'templateCode' | 'variables'>,
): Promise<readonly Problem[]> {
  if (event.templateCode === undefined) return []
  const problems = await checkWith(catalogue, tenantId, event.templateCode, event)
  return problems.length === 0 ? [] : checkWith(freshCatalogue, tenantId, event.templateCode, event)
}

async function checkWith(
  catalogue: TemplateCatalogue,
  tenantId: string,
  code: string,
  event: Pick<NotificationEvent, 'variables'>,
): Promise<readonly Problem[]> {
  const name = { tenantId, code }
  const template = (await catalogue.findTemplates([name])).get(templateKey(name))
  if (!template) return [{ path: 'templateCode', message: `there is no template ${code}` }]
  const rendering = template.render(event.variables ?? {})
  return rendering.ok ? [] : rendering.problems
}
