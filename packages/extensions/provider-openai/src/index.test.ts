import { providers } from "@dispatch/kernel";
import { createTestHost, expectNoLeaks } from "@dispatch/kernel/testing";
import { expect, it } from "vitest";
import { answerOf, ask, batchesOf } from "./fixtures/real-provider.ts";
import openai from "./index.ts";
import { reply, silence, startStrictServer, text } from "./testing/index.ts";

it("contributes openai, reads the key for each request, and closes what is open when it stops", async () => {
  const server = await startStrictServer({ apiKey: "second" });
  const host = createTestHost({ extensions: [openai] });
  await host.start();
  const [contribution] = host.list(providers);
  expect(contribution).toMatchObject({ name: "openai", extensionId: "provider-openai" });
  let key = "first";
  const provider = contribution?.value.connect({
    credential: "main",
    baseUrl: server.url,
    apiKey: () => key,
  });
  if (!provider) throw new Error("openai is not there");
  expect((await answerOf(provider, ask("go"))).last).toMatchObject({ error: { code: "provider-auth" } });
  key = "second";
  server.script(reply(text("hello")));
  expect((await answerOf(provider, ask("go"))).text).toBe("hello");

  server.script(reply(text("half"), silence()));
  const answer = batchesOf(provider, ask("go"));
  await server.until(({ sent }) => sent.at(-1)?.text === "half");
  await host.stop();
  expect((await answer).flat().at(-1)).toMatchObject({
    type: "error",
    error: { code: "provider-network", retryable: true },
  });
  expectNoLeaks(host);
  expect(host.faults).toEqual([]);
  await server.close();
});
