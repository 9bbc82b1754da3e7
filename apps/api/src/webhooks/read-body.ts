const decoder = new TextDecoder()

export function toText(rawBody: Uint8Array): string {
  return decoder.decode(rawBody)
}

/** Undefined for what is no JSON. */
export function toJson(rawBody: Uint8Array): unknown {
  try {
    return JSON.parse(toText(rawBody))
  } catch {
    return undefined
  }
}

export function toForm(rawBody: Uint8Array): Readonly<Record<string, string>> {
  return Object.fromEntries(new URLSearchParams(toText(rawBody)))
}
