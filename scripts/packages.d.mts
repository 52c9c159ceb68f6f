/** Types of packages.mjs, which is plain JavaScript so that every script runs without a build. */
export interface Package {
  dir: string;
  json: { name: string; bin?: unknown; dispatch?: unknown; exports?: Record<string, unknown> };
}
export const root: string;
export const packages: readonly Package[];
export function entriesOf(pkg: Package): Record<string, string>;
