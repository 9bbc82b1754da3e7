/** The server that all figures are measured on; the stages of the testkit ask for it by the same name. */
export function readPostgres(): string | undefined {
  return process.env.CARILLON_TEST_POSTGRES
}

export function setPostgres(url: string): void {
  process.env.CARILLON_TEST_POSTGRES = url
}
