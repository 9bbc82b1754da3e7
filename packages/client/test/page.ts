// What a page would do; bundled for a browser by the test beside it.
import { createCarillon } from '../src/index.ts'

const carillon = createCarillon({ url: 'https://notify.test', token: () => 'a token' })
Object.assign(globalThis, {
  done: Promise.all([carillon.inbox().countUnread(), carillon.sendToUsers(['ann'], { type: 'HI', message: 'Hi' })]),
})
