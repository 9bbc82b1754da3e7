import type { CommandModule } from '../command.ts'
import { type ApiOptions, addApiOptions } from './api-options.ts'

export type PreviewOptions = ApiOptions & { locale?: string; var?: string[] }

export const templates: CommandModule = {
  name: 'templates',
  summary: 'see what texts there are, and what a person would get',
  build(command, config, finish) {
    addApiOptions(command.command('list').description('every template, own ones and those that are shipped')).action(
      async (options: ApiOptions) => {
        const { listTemplates } = await import('../running/print-templates.ts')
        finish(await listTemplates(config, options))
      },
    )
    addApiOptions(
      command
        .command('preview')
        .description('what a template says on every channel, with its samples')
        .argument('<code>', 'such as ORDER_SHIPPED')
        .option('--locale <tag>', 'in which language')
        .option('--var <name=value...>', 'instead of a sample'),
    ).action(async (code: string, options: PreviewOptions) => {
      const { previewTemplate } = await import('../running/print-templates.ts')
      finish(await previewTemplate(config, code, options))
    })
  },
}
