import { PrismaPg } from '@prisma/adapter-pg'
import type { Pool } from 'pg'
import type { PrismaClient } from './generated/client.ts'

/** Prisma over a pool that is there already, for what is not hot. Loaded when called: most processes never need it. */
export async function openPrisma(pool: Pool): Promise<PrismaClient> {
  const { PrismaClient } = await import('./generated/client.ts')
  return new PrismaClient({ adapter: new PrismaPg(pool) })
}
