import type { Command } from 'commander'

interface Word {
  readonly word: string
  readonly about: string
}

/** From the commands themselves, so that it can name nothing that there is not. */
export function renderCompletion(shell: string, program: Command): string {
  const words = listWords(program)
  if (shell === 'fish') return renderFish(words)
  const cases = [...words].map(([path, of]) => `    "${path}") words="${of.map(({ word }) => word).join(' ')}" ;;\n`)
  const bash = `_carillon() {
  local path= word words=
  for word in "\${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
    case $word in -*) ;; *) case " ${[...words.keys()].join(' | ')} " in *" \${path:+$path }$word "*) path="\${path:+$path }$word" ;; esac ;; esac
  done
  case $path in
${cases.join('')}  esac
  COMPREPLY=($(compgen -W "$words" -- "\${COMP_WORDS[COMP_CWORD]}"))
}
complete -F _carillon carillon ./carillon
`
  return shell === 'zsh' ? `autoload -U +X bashcompinit && bashcompinit\n${bash}` : bash
}

/** By path, `dlq list` say: what may follow. */
function listWords(program: Command): Map<string, Word[]> {
  const words = new Map<string, Word[]>()
  const add = (path: string, { commands, options }: Command) => {
    const flags = options.flatMap(({ long, description }) => (long ? [{ word: long, about: description }] : []))
    words.set(path, [...commands.map((one) => ({ word: one.name(), about: one.description() })), ...flags])
    for (const one of commands) add(`${path} ${one.name()}`.trim(), one)
  }
  add('', program)
  return words
}

function renderFish(words: ReadonlyMap<string, readonly Word[]>): string {
  const lines = [...words].flatMap(([path, of]) => {
    const names = path.split(' ').filter(Boolean)
    const seen = names.map((name) => `__fish_seen_subcommand_from ${name}`).join('; and ')
    const condition = names.length === 0 ? '__fish_use_subcommand' : seen
    return of.map(({ word, about }) => {
      const what = word.startsWith('--') ? `-l ${word.slice(2)}` : `-a ${word}`
      return `complete -c carillon -f -n '${condition}' ${what} -d '${about.replaceAll("'", "\\'")}'\n`
    })
  })
  return lines.join('')
}
