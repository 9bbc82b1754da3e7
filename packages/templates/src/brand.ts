/** How mails look and who they say they are from; configured, never taken from an event. */
export interface Brand {
  readonly name: string
  /** Six hex digits, such as `#1f5eff`; colours the name and the button. */
  readonly color?: string
  /** https only. */
  readonly logoUrl?: string
  readonly websiteUrl?: string
  /** Under every mail: who sends it and why, such as a postal address. */
  readonly footer?: string
  /** What a button says when an event does not. */
  readonly actionText?: string
  readonly unsubscribeText?: string
}

export const plainBrand: Brand = { name: 'Carillon' }

const defaultColor = '#2f5bd7'

/** A colour goes into a style attribute, so only the exact form passes. */
export function brandColor({ color }: Brand) {
  return color !== undefined && /^#[\da-f]{6}$/i.test(color) ? color : defaultColor
}

/** White or near-black, whichever can be read on the colour (relative luminance of WCAG 2). */
export function inkOn(color: string) {
  const channels = [1, 3, 5].map((start) => {
    const share = Number.parseInt(color.slice(start, start + 2), 16) / 255
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4
  })
  const [red = 0, green = 0, blue = 0] = channels
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue > 0.36 ? '#15181e' : '#ffffff'
}
