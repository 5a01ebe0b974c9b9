package dev.tallo.workerservice.webhook;

import java.net.Inet4Address;
import java.net.InetAddress;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * The addresses that webhooks may be sent to: those of the public Internet, and those of networks
 * that are named. What is not public is taken from IANA's registries of special-purpose addresses;
 * of IPv6, only 2000::/3 is given out at all, which leaves aside loopback, unique-local,
 * link-local, multicast, IPv4-mapped and NAT64 addresses.
 *
 * @see <a href="https://www.iana.org/assignments/iana-ipv4-special-registry">IPv4</a>
 * @see <a href="https://www.iana.org/assignments/iana-ipv6-special-registry">IPv6</a>
 */
final class AllowedAddresses {
  static final String PROPERTY = "tallo.webhook.allowed-networks";

  private static final Pattern CIDR = Pattern.compile("(?<address>[^/%]+)/(?<bits>[0-9]{1,3})");

  /** The addresses that begin with the same bits. */
  private record Network(InetAddress address, int bits) {
    boolean contains(InetAddress other) {
      byte[] ours = address.getAddress();
      byte[] theirs = other.getAddress();
      if (ours.length != theirs.length) {
        return false;
      }
      int whole = bits / 8;
      int mask = 0xff00 >> bits % 8;
      return Arrays.equals(ours, 0, whole, theirs, 0, whole)
          && (whole == ours.length || ((ours[whole] ^ theirs[whole]) & mask & 0xff) == 0);
    }
  }

  private static final List<Network> SPECIAL =
      Stream.of(
              "0.0.0.0/8", // this network
              "10.0.0.0/8", // private
              "100.64.0.0/10", // shared by customers of a provider (CGNAT)
              "127.0.0.0/8", // loopback
              "169.254.0.0/16", // link-local; clouds keep credentials there
              "172.16.0.0/12", // private
              "192.0.0.0/24", // protocol assignments
              "192.0.2.0/24", // documentation
              "192.88.99.0/24", // 6to4 relays
              "192.168.0.0/16", // private
              "198.18.0.0/15", // benchmarks
              "198.51.100.0/24", // documentation
              "203.0.113.0/24", // documentation
              "224.0.0.0/4", // multicast
              "240.0.0.0/4", // reserved, and broadcast
              "2001::/23", // protocol assignments, and Teredo
              "2001:db8::/32", // documentation
              "2002::/16", // 6to4
              "3fff::/20") // documentation
          .map(AllowedAddresses::network)
          .toList();

  private static final Network IPV6_UNICAST = network("2000::/3");

  private final List<Network> networks;

  private AllowedAddresses(List<Network> networks) {
    this.networks = networks;
  }

  /**
   * Public addresses and those of these networks.
   *
   * @throws IllegalArgumentException that names the property and the first entry that is not a
   *     network such as 10.1.0.0/16
   */
  static AllowedAddresses parse(Collection<String> networks) {
    return new AllowedAddresses(networks.stream().map(AllowedAddresses::network).toList());
  }

  private static Network network(String text) {
    Matcher parts = CIDR.matcher(text.strip());
    try {
      if (parts.matches()) {
        InetAddress address = InetAddress.ofLiteral(parts.group("address"));
        int bits = Integer.parseInt(parts.group("bits"));
        boolean unusual =
            address instanceof Inet4Address
                && !address.getHostAddress().equals(parts.group("address"));
        if (!unusual && bits <= address.getAddress().length * 8) {
          return new Network(address, bits);
        }
      }
    } catch (IllegalArgumentException e) {
      // The message below says more.
    }
    throw new IllegalArgumentException(
        PROPERTY + ": \"" + text + "\" is not a network; give such as 10.1.0.0/16 or fd00::/8");
  }

  boolean contain(InetAddress address) {
    boolean given = address instanceof Inet4Address || IPV6_UNICAST.contains(address);
    return within(networks, address) || (given && !within(SPECIAL, address));
  }

  private static boolean within(List<Network> networks, InetAddress address) {
    return networks.stream().anyMatch(network -> network.contains(address));
  }
}
