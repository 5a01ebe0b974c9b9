package dev.tallo.workerservice.webhook;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class AllowedAddressesTest {
  private static final AllowedAddresses PUBLIC = AllowedAddresses.parse(List.of());

  @ParameterizedTest
  @ValueSource(
      strings = {
        "1.1.1.1",
        "9.255.255.255",
        "11.0.0.0",
        "100.63.255.255",
        "100.128.0.0",
        "172.15.255.255",
        "172.32.0.0",
        "223.255.255.255",
        "2606:4700::1111",
        "2a00::1",
        "2001:200::1",
      })
  void public_addresses_are_allowed(String address) {
    assertThat(PUBLIC.contain(InetAddress.ofLiteral(address))).isTrue();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "0.0.0.0",
        "0.1.2.3",
        "10.0.0.1",
        "10.255.255.255",
        "100.64.0.1",
        "100.127.255.255",
        "127.0.0.1",
        "127.255.255.255",
        "169.254.169.254",
        "172.16.0.1",
        "172.31.255.255",
        "192.0.0.1",
        "192.0.2.1",
        "192.88.99.1",
        "192.168.0.1",
        "198.18.0.1",
        "198.19.255.255",
        "198.51.100.1",
        "203.0.113.1",
        "224.0.0.1",
        "239.255.255.255",
        "240.0.0.1",
        "255.255.255.255",
        "::",
        "::1",
        "::ffff:127.0.0.1",
        "::ffff:10.0.0.1",
        "::7f00:1",
        "64:ff9b::7f00:1",
        "64:ff9b:1::a00:1",
        "100::1",
        "2001::1",
        "2001:db8::1",
        "2002:7f00:1::1",
        "3fff::1",
        "5f00::1",
        "fc00::1",
        "fdff::1",
        "fe80::1",
        "fec0::1",
        "ff02::1",
      })
  void special_addresses_are_not(String address) {
    assertThat(PUBLIC.contain(InetAddress.ofLiteral(address))).isFalse();
  }

  @Test
  void a_mapped_address_that_was_not_unpacked_is_not() throws UnknownHostException {
    byte[] mapped = new byte[16];
    mapped[10] = mapped[11] = (byte) 0xff;
    mapped[12] = mapped[13] = mapped[14] = mapped[15] = 1;
    assertThat(PUBLIC.contain(Inet6Address.getByAddress("mapped", mapped, -1))).isFalse();
  }

  @ParameterizedTest
  @CsvSource({
    "10.1.0.0/16, 10.1.255.255, true",
    "10.1.0.0/16, 10.2.0.0, false",
    "10.1.192.0/19, 10.1.223.255, true",
    "10.1.192.0/19, 10.1.224.0, false",
    "127.0.0.1/32, 127.0.0.1, true",
    "127.0.0.1/32, 127.0.0.2, false",
    "fd00::/8, fd12::1, true",
    "fd00::/8, fc12::1, false",
    "::1/128, ::1, true",
    "0.0.0.0/0, 10.0.0.1, true",
    "0.0.0.0/0, ::1, false",
    "10.1.0.0/16, 1.1.1.1, true",
  })
  void a_named_network_is_allowed_as_well(String network, String address, boolean allowed) {
    assertThat(AllowedAddresses.parse(List.of(network)).contain(InetAddress.ofLiteral(address)))
        .isEqualTo(allowed);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"", "10.0.0.0", "10.0.0.0/33", "fd00::/129", "10.0.0/8", "host/8", "a/b", "/8"})
  void what_is_no_network_is_an_error_that_says_so(String network) {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> AllowedAddresses.parse(List.of("10.0.0.0/8", network)))
        .withMessage(
            "tallo.webhook.allowed-networks: \""
                + network
                + "\" is not a network; give such as 10.1.0.0/16 or fd00::/8");
  }
}
