import { describe, expect, it } from 'vitest'
import { emailReasons } from './reasons.ts'
import { classifyReply, type SmtpStage } from './smtp-answers.ts'

const stages: SmtpStage[] = ['session', 'auth', 'mail', 'rcpt', 'data']

describe('every reply a server can give', () => {
  it('has a reason that is explained, and a temporary one never ends a mail', () => {
    for (const stage of stages) {
      for (let code = 400; code < 600; code += 1) {
        const answer = classifyReply({ stage, code, text: '' })
        expect(emailReasons[answer.reason]).toBeTruthy()
        if (code < 500) expect(answer.outcome).toBe('unavailable')
      }
    }
  })

  it('suppresses an address only for a word about that mailbox', () => {
    for (const enhanced of ['5.0.0', '5.1.2', '5.1.3', '5.1.8', '5.2.1', '5.4.4', '5.5.0', '5.7.1', '5.7.26']) {
      expect(classifyReply({ stage: 'rcpt', code: 550, enhanced, text: '' })).not.toHaveProperty('suppressAddress')
    }
    for (const stage of ['session', 'auth', 'mail'] as const) {
      expect(classifyReply({ stage, code: 550, enhanced: '5.1.1', text: '' })).not.toHaveProperty('suppressAddress')
    }
  })

  it('never ends a mail before the mail was named', () => {
    for (const stage of ['session', 'auth'] as const) {
      for (const code of [500, 502, 521, 535, 550, 554]) {
        expect(classifyReply({ stage, code, text: '' }).outcome).toBe('unavailable')
      }
    }
  })
})
