import { expect, test } from "vitest";
import { servedHosts } from "./served-hosts.ts";

test("a bound name is served, a wildcard is not a name", () => {
  expect([...servedHosts("192.168.1.5", 8080, []).hosts]).toContain("192.168.1.5:8080");
  expect([...servedHosts("fe80::1", 8080, []).hosts]).toContain("[fe80::1]:8080");
  expect([...servedHosts("0.0.0.0", 8080, []).hosts].sort()).toEqual([
    "127.0.0.1:8080",
    "[::1]:8080",
    "localhost:8080",
  ]);
});

test("the default port may be left out", () => {
  expect(servedHosts("127.0.0.1", 80, []).hosts.has("localhost")).toBe(true);
  expect(servedHosts("127.0.0.1", 8080, []).hosts.has("localhost")).toBe(false);
});

test("an allowed IPv6 address is no name with a port", () => {
  const { proxied } = servedHosts("127.0.0.1", 8080, ["[fd00::2]", "[fd00::3]:443"]);
  expect([...proxied]).toEqual(["[fd00::2]", "[fd00::2]:8080", "[fd00::3]:443"]);
});
