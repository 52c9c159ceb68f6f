/** `@dispatch/kernel/testing`: the real host on a fake clock, scripted providers, and conformance suites as data. */
export { type FakeClock, fakeClock } from "./fake-clock.ts";
export type { BehaviourKind, ProviderBehaviour, ProviderCase, ProviderHarness } from "./provider-harness.ts";
export { providerSuite } from "./provider-suite.ts";
export { testCompileSchema } from "./schema.ts";
export {
  type ScriptedProvider,
  type ScriptedProviderOptions,
  type ScriptedReply,
  type ScriptStep,
  scriptedProvider,
  textReply,
  toolCallReply,
} from "./scripted-provider.ts";
export { testSatisfies } from "./semver.ts";
export { createTestHost, expectNoLeaks, sourceOf, type TestHost, type TestHostOptions } from "./test-host.ts";
