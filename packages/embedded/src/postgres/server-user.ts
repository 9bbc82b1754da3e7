import { readFile, stat } from 'node:fs/promises'

export interface ServerUser {
  uid: number
  gid: number
}

/**
 * Postgres refuses to run as root, so root lends it another user. Anybody else runs it as himself: undefined.
 * Data that exists decides: it can only be read by the user it was made for.
 */
export async function chooseServerUser(pgdata?: string): Promise<ServerUser | undefined> {
  const ownUid = process.getuid?.()
  const owner = pgdata === undefined ? undefined : await readOwner(pgdata)
  if (ownUid !== 0) {
    if (owner && owner.uid !== ownUid) {
      throw new Error(`${pgdata} belongs to user ${owner.uid}: run as that user, or choose another data directory`)
    }
    return undefined
  }
  if (owner && owner.uid !== 0) return owner
  const passwd = await readFile('/etc/passwd', 'utf8')
  const user = parsePasswd(passwd, 'postgres') ?? parsePasswd(passwd, 'nobody')
  if (!user) throw new Error('Postgres cannot run as root, and there is no user "postgres" or "nobody" to run it as')
  return user
}

function parsePasswd(passwd: string, name: string): ServerUser | undefined {
  const fields = passwd
    .split('\n')
    .map((line) => line.split(':'))
    .find((entry) => entry[0] === name)
  const [uid, gid] = [Number(fields?.[2]), Number(fields?.[3])]
  // macOS writes nobody as -2.
  return Number.isInteger(uid) && Number.isInteger(gid) ? { uid: uid >>> 0, gid: gid >>> 0 } : undefined
}

async function readOwner(path: string): Promise<ServerUser | undefined> {
  try {
    const { uid, gid } = await stat(path)
    return { uid, gid }
  } catch {
    return undefined
  }
}
