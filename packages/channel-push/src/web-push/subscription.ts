import { z } from 'zod'

const subscriptionSchema = z.object({
  endpoint: z.url({ protocol: /^https?$/ }).max(2_048),
  keys: z.object({ p256dh: z.string().min(1).max(200), auth: z.string().min(1).max(100) }),
})
export type Subscription = z.infer<typeof subscriptionSchema>

/** What a browser's `PushSubscription` writes as JSON. Anything else on a web device is a token of FCM's. */
export function parseSubscription(token: string): Subscription | undefined {
  if (!token.trimStart().startsWith('{')) return undefined
  try {
    return subscriptionSchema.safeParse(JSON.parse(token)).data
  } catch {
    return undefined
  }
}
