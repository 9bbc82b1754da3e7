import type { CarillonSettings } from './notify-customer.ts'

export interface Config {
  readonly port: number
  readonly carillon: CarillonSettings
}

export function readConfig(): Config {
  const { CARILLON_URL: url, CARILLON_API_KEY: apiKey, KAFKA_BROKER = '', PORT = '3100' } = process.env
  if (!url || !apiKey) throw new Error('set CARILLON_URL and CARILLON_API_KEY; ./carillon up prints both')
  return { port: Number(PORT), carillon: { url, apiKey, brokers: KAFKA_BROKER.split(',').filter(Boolean) } }
}
