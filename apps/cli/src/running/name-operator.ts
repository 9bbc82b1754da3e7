import { userInfo } from 'node:os'

/** Who works at this machine, for the record. A container may know its user by a number alone. */
export function nameOperator(): string {
  try {
    return `cli:${userInfo().username}`
  } catch {
    return `cli:${process.getuid?.() ?? 'unknown'}`
  }
}
