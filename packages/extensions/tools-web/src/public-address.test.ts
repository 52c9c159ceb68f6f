import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { isPublicAddress } from "./public-address.ts";

describe("isPublicAddress", () => {
  it.each([
    ...["1.1.1.1", "8.8.8.8", "93.184.216.34", "9.255.255.255", "11.0.0.0", "100.63.255.255", "100.128.0.0"],
    ...["126.255.255.255", "128.0.0.0", "169.253.255.255", "169.255.0.0", "172.15.255.255", "172.32.0.0"],
    ...["192.167.255.255", "192.169.0.0", "198.17.255.255", "198.20.0.0", "223.255.255.255", "168.63.129.17"],
    ...[
      "2606:4700:4700::1111",
      "2001:4860:4860::8888",
      "2a00:1450:4001::1",
      "::ffff:8.8.8.8",
      "64:ff9b::808:808",
    ],
  ])("%s is", (address) => expect(isPublicAddress(address)).toBe(true));

  it.each([
    ...[
      "127.0.0.1",
      "127.255.255.255",
      "0.0.0.0",
      "10.0.0.1",
      "10.255.255.255",
      "100.64.0.0",
      "100.127.255.255",
    ],
    ...[
      "169.254.169.254",
      "172.16.0.0",
      "172.31.255.255",
      "192.168.0.1",
      "192.0.0.192",
      "198.18.0.1",
      "198.19.255.255",
    ],
    ...["100.100.100.200", "168.63.129.16", "192.0.2.1", "198.51.100.1", "203.0.113.1", "192.88.99.1"],
    ...["224.0.0.1", "239.255.255.255", "240.0.0.1", "255.255.255.255"],
    ...["::", "::1", "fe80::1", "fe80::1%eth0", "fec0::1", "fc00::1", "fd00:ec2::254", "ff02::1", "100::1"],
    ...[
      "::ffff:127.0.0.1",
      "::FFFF:7f00:1",
      "0:0:0:0:0:ffff:169.254.169.254",
      "::ffff:a00:1",
      "::127.0.0.1",
      "::7f00:1",
    ],
    ...[
      "64:ff9b::7f00:1",
      "64:ff9b::10.0.0.1",
      "64:ff9b:1::808:808",
      "2002:7f00:1::",
      "2001::1",
      "2001:0:808:808::1",
    ],
    ...["2001:db8::1", "3fff::1", "4000::1", "1::1"],
    ...["", "localhost", "1.1.1", "[::1]", "8.8.8.8 ", "2606:4700:4700::1111%1"],
  ])("%s is not", (address) => expect(isPublicAddress(address)).toBe(false));

  it("says the same of an IPv4 address and of its mapped form", () => {
    fc.assert(
      fc.property(fc.ipV4(), (address) => {
        expect(isPublicAddress(`::ffff:${address}`)).toBe(isPublicAddress(address));
        expect(isPublicAddress(`64:ff9b::${address}`)).toBe(isPublicAddress(address));
      }),
    );
  });

  it("takes no IPv6 address outside 2000::/3 for public, unless an IPv4 address is in it", () => {
    fc.assert(
      fc.property(fc.ipV6(), (address) => {
        if (!isPublicAddress(address)) return;
        const first = Number.parseInt(address.split(":")[0] || "0", 16);
        expect((first >= 0x2000 && first <= 0x3fff) || /^(::|0|64:)/i.test(address)).toBe(true);
      }),
    );
  });
});
