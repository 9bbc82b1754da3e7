import { readConfig } from './config.ts'
import { openCarillon } from './notify-customer.ts'
import { serveShop } from './serve-shop.ts'

const config = readConfig()
const carillon = await openCarillon(config.carillon)
const way = config.carillon.brokers.length > 0 ? 'Kafka' : 'REST'
const shop = serveShop(carillon).listen(config.port, '127.0.0.1', () => {
  const address = shop.address()
  const port = typeof address === 'object' ? address?.port : address
  console.log(`the shop listens on http://127.0.0.1:${port}, and tells its customers by ${way}`)
})
process.once('SIGTERM', () => {
  shop.closeAllConnections()
  shop.close(() => void carillon.close())
})
