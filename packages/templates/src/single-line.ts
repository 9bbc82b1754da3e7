/**
 * A subject or a name on one line. The edge refuses line breaks; this is the second line of defence, because a line
 * break in a header begins another header. Direction overrides could make a subject read as something else.
 */
export function toSingleLine(text: string) {
  return text
    .replace(/[\p{Cc}\u2028\u2029]+/gu, ' ')
    .replace(/[\u202a-\u202e\u2066-\u2069]/g, '')
    .replace(/ {2,}/g, ' ')
    .trim()
}
