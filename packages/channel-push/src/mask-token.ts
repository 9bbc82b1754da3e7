/** Push services like to quote a token in their answers; whoever has it can send to the device. */
export function maskToken(text: string, token: string): string {
  return text.replaceAll(token, '(token)').replace(/[\w:%-]{48,}/g, '(token)')
}
