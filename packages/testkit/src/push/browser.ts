import { createDecipheriv, createECDH, createPublicKey, hkdfSync, randomBytes, verify } from 'node:crypto'

/** A browser's side of Web Push, by the standards and without the library that the sender uses: an error of one shows. */
export interface Browser {
  readonly keys: { readonly p256dh: string; readonly auth: string }
  decrypt(body: Buffer): string
}

const KEY_BYTES = 16
const TAG_BYTES = 16
const NONCE_BYTES = 12

export function createBrowser(): Browser {
  const ecdh = createECDH('prime256v1')
  const ownPublic = ecdh.generateKeys()
  const auth = randomBytes(16)
  return {
    keys: { p256dh: ownPublic.toString('base64url'), auth: auth.toString('base64url') },
    /** RFC 8291 and RFC 8188: salt, record size, the sender's public key, one record. */
    decrypt(body) {
      const salt = body.subarray(0, 16)
      const keyEnd = 21 + (body[20] ?? 0)
      const senderPublic = body.subarray(21, keyEnd)
      const info = Buffer.concat([Buffer.from('WebPush: info\0'), ownPublic, senderPublic])
      const input = derive(ecdh.computeSecret(senderPublic), auth, info, 32)
      const key = derive(input, salt, Buffer.from('Content-Encoding: aes128gcm\0'), KEY_BYTES)
      const nonce = derive(input, salt, Buffer.from('Content-Encoding: nonce\0'), NONCE_BYTES)
      const decipher = createDecipheriv('aes-128-gcm', key, nonce)
      decipher.setAuthTag(body.subarray(-TAG_BYTES))
      const padded = Buffer.concat([decipher.update(body.subarray(keyEnd, -TAG_BYTES)), decipher.final()])
      return padded.subarray(0, padded.lastIndexOf(2)).toString()
    },
  }
}

function derive(secret: Buffer, salt: Buffer, info: Buffer, length: number) {
  return Buffer.from(hkdfSync('sha256', secret, salt, info, length))
}

export function createVapidKeys() {
  const ecdh = createECDH('prime256v1')
  const publicKey = ecdh.generateKeys('base64url')
  // A private key that begins with a zero comes a byte short.
  const privateKey = Buffer.from(ecdh.getPrivateKey('hex').padStart(64, '0'), 'hex').toString('base64url')
  return { publicKey, privateKey }
}

/** RFC 8292: `vapid t=<JWT>, k=<public key>`, signed for this push service by the key of the subscription. */
export function isVapidGenuine(authorization: string, publicKey: string, origin: string): boolean {
  const [, jwt = '', key] = /^vapid t=([\w.-]+), ?k=([\w-]+)$/.exec(authorization) ?? []
  const [head = '', claims = '', signature = ''] = jwt.split('.')
  if (key !== publicKey || !isSigned(`${head}.${claims}`, signature, publicKey)) return false
  const { aud, exp, sub } = JSON.parse(Buffer.from(claims, 'base64url').toString())
  const nowSeconds = Date.now() / 1_000
  return aud === origin && exp > nowSeconds && exp <= nowSeconds + 86_400 && /^(mailto:|https:)/.test(String(sub))
}

function isSigned(text: string, signature: string, publicKey: string): boolean {
  const point = Buffer.from(publicKey, 'base64url')
  const [x, y] = [point.subarray(1, 33).toString('base64url'), point.subarray(33, 65).toString('base64url')]
  const key = createPublicKey({ key: { kty: 'EC', crv: 'P-256', x, y }, format: 'jwk' })
  return verify('sha256', Buffer.from(text), { key, dsaEncoding: 'ieee-p1363' }, Buffer.from(signature, 'base64url'))
}
