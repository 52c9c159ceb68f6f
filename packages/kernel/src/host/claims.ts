/** What only one extension can have, a service or a name in a point: the first to declare it keeps it, the second fails. */
import type { Manifest } from "../contracts/manifest.ts";

/** Id of each extension that declares what an earlier one has, with the reason. */
export function findClaims(manifests: readonly Manifest[]): Map<string, string> {
  const holders = new Map<string, string>();
  const refused = new Map<string, string>();
  for (const manifest of manifests) {
    const claims = claimsOf(manifest);
    const taken = claims.filter((claim) => holders.has(claim));
    if (taken.length > 0) {
      const reasons = taken.map((claim) => `${claim} is already provided by "${holders.get(claim)}"`);
      refused.set(manifest.id, `${reasons.join("; ")}; disable one of the two`);
      continue;
    }
    for (const claim of claims) holders.set(claim, manifest.id);
  }
  return refused;
}

function claimsOf({ contributes }: Manifest): string[] {
  const services = (contributes?.services ?? []).map((id) => `the service "${id}"`);
  const names = Object.entries(contributes?.points ?? {}).flatMap(([point, list]) =>
    list.filter((name) => !name.endsWith("*")).map((name) => `"${name}" in the point "${point}"`),
  );
  return [...services, ...names];
}
