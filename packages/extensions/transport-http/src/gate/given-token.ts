/** Where a request carries its token. */

/** The token of an `Authorization` header. */
export const bearerToken = (header: string | undefined): string | undefined =>
  /^Bearer +([A-Za-z0-9._~+/-]+=*)$/i.exec(header ?? "")?.[1];

/** The token among the subprotocols of a WebSocket upgrade, where browsers cannot set headers. */
export const protocolToken = (header: string | undefined): string | undefined =>
  header
    ?.split(",")
    .map((protocol) => /^dispatch\.token\.([A-Za-z0-9._~-]+)$/.exec(protocol.trim())?.[1])
    .find((token) => token !== undefined);
