import { Argument } from 'commander'
import type { CommandModule } from '../command.ts'

export const completion: CommandModule = {
  name: 'completion',
  summary: 'print what makes a shell complete these commands',
  build(command, _config, finish) {
    const shells = new Argument('<shell>', 'which shell').choices(['bash', 'zsh', 'fish'])
    command.addArgument(shells).action(async (shell: string) => {
      const { renderCompletion } = await import('../running/render-completion.ts')
      process.stdout.write(renderCompletion(shell, command.parent ?? command))
      finish({ exitCode: 0 })
    })
  },
}
