/** Close codes of a socket beside those of RFC 6455, and those of it that a Dispatch server uses. */
export const closeCodes = {
  goingAway: 1001,
  policy: 1008,
  tooLarge: 1009,
  slowConsumer: 4000,
  authRevoked: 4001,
} as const;
