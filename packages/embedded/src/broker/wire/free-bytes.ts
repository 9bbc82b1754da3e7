// Smaller ones may share their memory with other buffers.
const freedBytesMin = 64 * 1024

/**
 * Takes back the memory of a large buffer that nobody looks at any more, now and not when garbage is collected: at a hundred
 * megabytes a second the collector comes late.
 */
export function freeBytes(bytes: Buffer): void {
  const { buffer } = bytes
  if (buffer instanceof ArrayBuffer && buffer.byteLength >= freedBytesMin) buffer.transfer(0)
}
