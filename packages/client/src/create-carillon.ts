import { type BusinessEvents, createBusinessEvents } from './business-events.ts'
import { type Channels, createChannels } from './channels.ts'
import { createRestSender, type EventSender } from './event-sender.ts'
import { createFollow, type Follow } from './follow.ts'
import { createAsk, type HttpOptions } from './http.ts'
import { createInbox, type Inbox } from './inbox.ts'
import { createNotifications, type Notifications } from './notifications.ts'
import { createPeople, type People } from './people.ts'
import { createQueues, type Queues } from './queues.ts'

export interface CarillonOptions extends HttpOptions {
  /** How events leave: by REST unless a sender of `@carillon/client/kafka` is given. Everything else is REST. */
  readonly events?: EventSender
}

export interface Carillon extends Notifications, Channels, BusinessEvents, Follow, People, Queues {
  /** Of the person whose token this is, or, with an API key, of the user who is named. */
  inbox(userId?: string): Inbox
  /** Ends what the sender of events holds open, if it is its own. */
  close(): Promise<void>
}

/** Opens nothing by itself, so that it may be made anywhere. */
export function createCarillon(options: CarillonOptions): Carillon {
  const ask = createAsk(options)
  const events = options.events ?? createRestSender(ask)
  const notifications = createNotifications(events)
  return {
    ...notifications,
    ...createChannels(notifications),
    ...createBusinessEvents(notifications),
    ...createFollow(ask),
    ...createPeople(ask),
    ...createQueues(ask),
    inbox: (userId) => createInbox(ask, userId),
    close: async () => events.close?.(),
  }
}
