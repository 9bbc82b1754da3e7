import {
  type FakeSms,
  type FleetProcess,
  type FleetStage,
  openFakeTwilio,
  openStage,
  STAGE_SECRET,
  type StageOptions,
  startFleetProcess,
} from '@carillon/testkit'

export interface LadderStage {
  readonly stage: FleetStage
  readonly twilio: FakeSms
  close(): Promise<void>
}

const ACCOUNT = { accountSid: `AC${'0'.repeat(32)}`, authToken: 'twilio-secret' }

/** The fleet with both rungs of a ladder: text messages by a Twilio of ours, mails by a mail server of ours. */
export async function openLadderStage(broker: StageOptions['broker']): Promise<LadderStage> {
  const stage = await openStage({ broker, env: { CARILLON_USER_HOURLY_MAX: '100000', EMAIL_WORKER_CONCURRENCY: '50' } })
  const twilio = await openFakeTwilio(ACCOUNT)
  const close = async (sms?: FleetProcess) => {
    sms?.kill('SIGTERM')
    await sms?.exited
    await stage.close()
    await twilio.close()
  }
  try {
    const sms = await startFleetProcess({
      name: 'sms',
      env: {
        DATABASE_URL: stage.databaseUrl,
        KAFKA_BROKER: stage.kafka.connection.brokers.join(','),
        CARILLON_SECRET: STAGE_SECRET,
        TWILIO_ACCOUNT_SID: ACCOUNT.accountSid,
        TWILIO_AUTH_TOKEN: ACCOUNT.authToken,
        TWILIO_PHONE_NUMBER: '+15005550006',
        TWILIO_BASE_URL: twilio.url,
        // By which the fake tells whose message it is.
        WEBHOOKS_URL: `${stage.api.url}/webhooks`,
        SMS_WORKER_TIMEOUT: '5000',
        SMS_WORKER_CONCURRENCY: '50',
      },
      logDir: stage.logDir,
      readyTimeoutMs: 60_000,
    })
    return { stage, twilio, close: () => close(sms) }
  } catch (error) {
    await close()
    throw error
  }
}
