/** Providers like to quote the number in their answers; it has no place in our rows and logs. */
export function maskNumbers(text: string): string {
  // Seven digits and more: error codes have five or six.
  return text.replace(/\+?\d(?:[\s().-]{0,2}\d){6,}/g, maskNumber)
}

/** All but the last two digits. */
export function maskNumber(number: string): string {
  const digits = number.replace(/\D/g, '')
  return `${'*'.repeat(Math.max(0, digits.length - 2))}${digits.slice(-2)}`
}
