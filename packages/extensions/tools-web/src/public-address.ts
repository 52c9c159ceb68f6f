/**
 * Which addresses belong to the public internet. Pure. Everything else is refused: this machine, its networks, and the
 * places where clouds hand out credentials to whoever asks from inside.
 */
import { BlockList, isIP } from "node:net";

/** IPv4, from the IANA registry of special-purpose addresses; last a cloud's metadata on a public number. */
const special4: readonly (readonly [string, number])[] = [
  ["0.0.0.0", 8], // this host
  ["10.0.0.0", 8], // private
  ["100.64.0.0", 10], // carrier-grade NAT
  ["127.0.0.0", 8], // loopback
  ["169.254.0.0", 16], // link-local, and metadata
  ["172.16.0.0", 12], // private
  ["192.0.0.0", 24], // protocol assignments
  ["192.0.2.0", 24], // documentation
  ["192.88.99.0", 24], // 6to4 relays
  ["192.168.0.0", 16], // private
  ["198.18.0.0", 15], // benchmarks
  ["198.51.100.0", 24], // documentation
  ["203.0.113.0", 24], // documentation
  ["224.0.0.0", 4], // multicast
  ["240.0.0.0", 4], // reserved, broadcast
  ["168.63.129.16", 32], // Azure
];

/** IPv6 inside the one range that is public at all, 2000::/3. */
const special6: readonly (readonly [string, number])[] = [
  ["2001::", 23], // protocol assignments, Teredo among them
  ["2001:db8::", 32], // documentation
  ["2002::", 16], // 6to4: an IPv4 address inside, with whatever is behind it
  ["3fff::", 20], // documentation
];

const listOf = (subnets: readonly (readonly [string, number])[], family: "ipv4" | "ipv6"): BlockList => {
  const list = new BlockList();
  for (const [address, prefix] of subnets) list.addSubnet(address, prefix, family);
  return list;
};

const refused4 = listOf(special4, "ipv4");
const refused6 = listOf(special6, "ipv6");
const global6 = listOf([["2000::", 3]], "ipv6");

/** True for an address of the public internet. `address` without brackets; anything that is no address is not. */
export function isPublicAddress(address: string): boolean {
  switch (isIP(address)) {
    case 4:
      return !refused4.check(address, "ipv4");
    case 6: {
      if (address.includes("%")) return false; // a zone: only of this machine's links
      const inside = embedded4(address);
      if (inside !== undefined) return isPublicAddress(inside);
      return global6.check(address, "ipv6") && !refused6.check(address, "ipv6");
    }
    default:
      return false;
  }
}

/** The IPv4 address in a mapped one (::ffff:0:0/96) and in one of a network that translates (64:ff9b::/96). */
function embedded4(address: string): string | undefined {
  const groups = groupsOf(address);
  const start = groups.slice(0, 6).join(":");
  if (start !== "0:0:0:0:0:ffff" && start !== "64:ff9b:0:0:0:0") return undefined;
  const [high = 0, low = 0] = groups.slice(6).map((group) => Number.parseInt(group, 16));
  return [high >> 8, high & 255, low >> 8, low & 255].join(".");
}

/** The eight groups of a valid IPv6 address, in hexadecimal without leading zeros. */
function groupsOf(address: string): readonly string[] {
  // The URL parser writes every spelling in one: no dotted end, lower case.
  const plain = new URL(`http://[${address}]`).hostname.slice(1, -1);
  const [head = "", tail] = plain.split("::");
  const parts = (text: string) => (text === "" ? [] : text.split(":"));
  if (tail === undefined) return parts(head);
  const missing = 8 - parts(head).length - parts(tail).length;
  return [...parts(head), ...Array<string>(missing).fill("0"), ...parts(tail)];
}
