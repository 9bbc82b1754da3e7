import { expect, test } from 'vitest'
import { composeDigest } from './compose-digest.ts'

test('one message alone goes out as it is', () => {
  expect(composeDigest({ listed: [['Liked', 'Bob likes it\nmuch']], count: 1 })).toEqual({
    title: 'Liked',
    message: 'Bob likes it\nmuch',
  })
})

test('several are counted, listed in their order, and what is not listed is counted too', () => {
  const listed = [
    ['Liked', 'by Bob'],
    ['Liked', 'by\nEve'],
    ['', 'No title'],
  ] as const
  expect(composeDigest({ listed, count: 12 })).toEqual({
    title: 'Liked (12)',
    message: '• Liked: by Bob\n• Liked: by Eve\n• No title\n+ 9',
  })
})

test('a long message is cut between characters', () => {
  const { message } = composeDigest({
    listed: [
      ['', '😀'.repeat(300)],
      ['', 'b'],
    ],
    count: 2,
  })
  expect(message).toBe(`• ${'😀'.repeat(199)}…\n• b`)
})
