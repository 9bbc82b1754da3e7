/** Signed by a key that was thrown away; the certificate is of a name like that of SNS. */
export const CERTIFICATE = `-----BEGIN CERTIFICATE-----
MIIDGzCCAgOgAwIBAgIUB5/hLWM0w2eBSCRhxsFF1of9lWQwDQYJKoZIhvcNAQEL
BQAwHDEaMBgGA1UEAwwRc25zLmFtYXpvbmF3cy5jb20wIBcNMjYxMTIxMTU1NzQx
WhgPMjEyNjEwMjgxNTU3NDFaMBwxGjAYBgNVBAMMEXNucy5hbWF6b25hd3MuY29t
MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEA0IpoNg6dCOCFqHedNqtc
PXHDipkMYw6LwIRjPAGCGgU096PK9cKANI3FwopyUFtIOEnGZGNiToCpnLM49hvh
iL/Huo1xslEYhksJSBkmkbk3J44mL6/jFDPkZEFvcpqxQrkG2sKUDN+lS1L/MUXU
+aKTmH35CwvrSb0fXYWfmYKPCb6QAADaKb/SsD2d0MX3X1hQUQvcQSNTTZXorP3+
1S4L2hmi9uEtPvNugzI/Jb/Olcv0Ti4cQ6v9f4toPXscsrfmZgKxN4zkAlEplynf
1XiVLHPfr75aDHqc0JPQEd9f+6XTjE0bYVmnMRP8l6rCbhasFQdsfd1qlt9JBS2j
PQIDAQABo1MwUTAdBgNVHQ4EFgQUQ1gonW7ifqVQqL5Zb7yZ41yIqSQwHwYDVR0j
BBgwFoAUQ1gonW7ifqVQqL5Zb7yZ41yIqSQwDwYDVR0TAQH/BAUwAwEB/zANBgkq
hkiG9w0BAQsFAAOCAQEAsKMMQakC2o6/XFg+mCD1N7Bl6WwYZc8NA1tNPCiCWiJ6
37H0/nDp9+uMMR73Ykg+4lqeGzjNAQZ9wg6Ci7+DUSdMu9lOWfogLHCaruN0aanJ
ZyX2d56hiDh16QgzIUsEXQUScmvrU5/MKX+FxXll2OksaYJvOFw9qMoBIGzwg/05
RnO7qSXjxV/35uFbftXTOOHoJos7cba9NMQFiKDsXVEDoHUrBONbPfD6RO6+1Xit
1PuXDFpZPAdw6H2lL2UvhL9lWoizGnuSfRsah1Eq/Xyrf+mdjyuC9BZgfnFLJYZ4
vPVfSlBC8KlBFt9+1f5qldRPKjecj883z8MrtFjpVA==
-----END CERTIFICATE-----`

const COMMON = {
  TopicArn: 'arn:aws:sns:eu-west-1:123456789012:mail',
  Timestamp: '2026-05-01T10:00:00.000Z',
  SigningCertURL: 'https://sns.eu-west-1.amazonaws.com/SimpleNotificationService-test.pem',
}

export const NOTIFICATION = {
  ...COMMON,
  Type: 'Notification',
  MessageId: 'm-1',
  Message: '{"notificationType":"Delivery","mail":{"messageId":"0102-1"}}',
  SignatureVersion: '2',
  Signature:
    'vw3psBYYw/Iiegp9qvbEQ2amw0qL02h7mEErAOWwuTpWTHnNXlgVvY7s49dftmELmfTc5kB3LOMlW9TGxXTELuYZjcIuvXLcIwBsce1KD7jmMo7BlpfIzBOd/N5WXHUHMVVGjZrnUUH6WsSzxyWuEjTHkK4WfNKQFRMpym+CK2zxDdWcd7K0o8rDnAyoP8nRY+fyybxmQ3PjeFdBiukmPItpkPmyFToRy+s2qV2DIuXhSKq1SbJZc3O0P5iyJHp6W50NYxZC82sNMpOpYIA01wdxgREON8e6Ivre7XzRJ1ImvJUvWRTgRSW7PQybOPelmGOO721yeYMIq7h5dRLfhg==',
}

export const NOTIFICATION_SIGNED_BY_SHA1 = {
  ...NOTIFICATION,
  SignatureVersion: '1',
  Signature:
    'jEWKEVVt0ptbi4fMdbYK3vRtHVCa9sGbrktvs5rDrQ3KcHaYkVWFoqOadny5YprrFyHPjysUNqaJBa+4PyOwUURqMX0VIHiDeJeY99R/UpHISQ1m4879TE/7CUr4XPSWDwka+x5EuGNN8gR30OBiW4MlekJ+5M3J2wfY2hI/uNF4oAjCaUwXj0w02AuvJI1yVRWMIMPfC14VjpiqZcdrGA1FGPw1znD07/yJgAGXYLrB9a3RYulaz10zfbE2tV9gJP8wgSl+oh6in3R5Z4ge9+VqU2cU77//3adTAbWVHOurNaTWESxvGjqadzocSvwECntZuTMv8P2jmBeT8g2ZNw==',
}

export const NOTIFICATION_WITH_SUBJECT = {
  ...NOTIFICATION,
  Subject: 'Amazon SES',
  Signature:
    'YXzhYCnEf4YKpf+n7d9rKBDQ3Nh/FlDRePujCisjf80XDeYsygkfl7/nns7VmEGez1sMCS04d0MbIS//NoP9NwGdZlVf8FiDtDv2u4tdtZYzrIsKgghBY4MTGv7bXkj9Z+xXy4ixaUUktBKCTWGDAagKiaubxmAZnhj34CoRgUbFwy/NzqyMXB6GUxgLMtSnAMbnn8ZCw2T2MljCM/nxTR8Ln8YJYcTWGSNo/uHCoELsVbRWso8fsDvwFEA5FCgsHfBgHick4ibD414me498o7BFxFG/y35am+39XalMseYScTfCCGqrvm/iE7ACgeugQKqgmSTq4vTZPuESTzPBTw==',
}

export const SUBSCRIPTION = {
  ...COMMON,
  Type: 'SubscriptionConfirmation',
  MessageId: 'm-2',
  Message: 'You have chosen to subscribe',
  Token: '2336412f',
  SubscribeURL: 'https://sns.eu-west-1.amazonaws.com/?Action=ConfirmSubscription&Token=2336412f',
  SignatureVersion: '2',
  Signature:
    'Wftcx4TJO5k+jmc0tWJeKNHg3vZEXNnrYlUV/EPxoFyfc9ifmjlD/UByQT1DJw6OXTzX36loPrOy8gGELr8r1zDioWv8pEYUVrGUQr4v1yxIUXCRjz1n7B5jqchsJutarzeW7NndsOwicTQ1m7ke3zUvE5hiPoegh6PNn9aTyY/rxCBh93VwTazwniQZK8gax8wMNWGrRWbO97fEiCyLjWsCm+hf2k9j9uTuiNneBY691hs4zl54twN3EfkzOMuRxeuiP9c9jpxlfI0MXITMVjhHoYyvrRvwjnQ+SoMoajDQuQcr/T5iVIb7wA4RyFb0xE4+ArJIjs4WNciRY42h/g==',
}
