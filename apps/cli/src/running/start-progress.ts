export interface Progress {
  show(done: number, total: number): void
  end(): void
}

/** On the terminal alone, and gone at the end: what a program reads stays what it was. */
export function startProgress(what: string): Progress {
  if (!process.stderr.isTTY) return { show: () => undefined, end: () => undefined }
  return {
    show: (done, total) => void process.stderr.write(`\r${done} of ${total} ${what} `),
    end: () => void process.stderr.write('\r\u001b[K'),
  }
}
