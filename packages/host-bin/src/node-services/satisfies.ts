/** Version ranges for the kernel. */
import semverSatisfies from "semver/functions/satisfies.js";

/** Is the version in the range? Prereleases count: `1.0.0-beta.1` is in `>=1.0.0-alpha`. */
export const satisfies = (version: string, range: string): boolean =>
  semverSatisfies(version, range, { includePrerelease: true });
