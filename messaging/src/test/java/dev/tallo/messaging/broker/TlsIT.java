package dev.tallo.messaging.broker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import com.rabbitmq.client.Connection;
import com.rabbitmq.client.ConnectionFactory;
import dev.tallo.testbroker.TestBroker;
import dev.tallo.testbroker.TestCertificate;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.util.function.UnaryOperator;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLHandshakeException;
import javax.net.ssl.TrustManager;
import javax.net.ssl.X509ExtendedTrustManager;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A broker behind TLS whose certificate is for "localhost" and for no address. */
class TlsIT {
  private static final String RIGHT = "localhost";
  private static final String WRONG = "127.0.0.1";

  @TempDir private static Path folder;
  private static int port;
  private static X509ExtendedTrustManager trust;

  private SSLContext before;

  @BeforeAll
  static void listen() throws Exception {
    TestCertificate certificate = TestCertificate.of(RIGHT, folder);
    port = TestBroker.shared().listenForTls(certificate);
    KeyStore store = KeyStore.getInstance("PKCS12");
    store.load(
        Files.newInputStream(certificate.trustStore()), TestCertificate.PASSWORD.toCharArray());
    trust = HostCheckingTrust.trustIn(store);
  }

  @BeforeEach
  void keep() throws Exception {
    before = SSLContext.getDefault();
  }

  @AfterEach
  void giveBack() {
    SSLContext.setDefault(before);
  }

  private static SSLContext trusting(TrustManager manager) throws Exception {
    SSLContext context = SSLContext.getInstance("TLS");
    context.init(null, new TrustManager[] {manager}, null);
    return context;
  }

  private static URI address(String host) {
    String path = TestBroker.shared().newVhost().getRawPath();
    return URI.create("amqps://guest:guest@" + host + ":" + port + path);
  }

  @Test
  void who_trusts_the_certificate_is_connected_by_its_name() throws Exception {
    SSLContext.setDefault(trusting(trust));
    try (Broker broker = Brokers.connected(address(RIGHT), UnaryOperator.identity())) {
      assertThat(broker.status().connected()).isTrue();
    }
  }

  @Test
  void a_certificate_of_another_name_is_refused() throws Exception {
    SSLContext.setDefault(trusting(trust));
    refused(WRONG, "No subject alternative names");
  }

  @Test
  void a_certificate_that_nobody_vouches_for_is_refused() {
    refused(RIGHT, "unable to find valid certification path");
  }

  private static void refused(String host, String reason) {
    try (Broker broker = Brokers.started(address(host), UnaryOperator.identity())) {
      await()
          .atMost(Brokers.PATIENCE)
          .untilAsserted(
              () -> assertThat(broker.status().lastError()).get().asString().contains(reason));
      assertThat(broker.status().connected()).isFalse();
    }
  }

  /** As the messaging connector does: a context and nothing else. */
  @Test
  void a_client_that_does_not_ask_for_the_name_checks_it_too() throws Exception {
    SSLContext context = trusting(new HostCheckingTrust(trust));
    try (Connection connection = plainClient(RIGHT, context)) {
      assertThat(connection.isOpen()).isTrue();
    }
    assertThatThrownBy(() -> plainClient(WRONG, context))
        .isInstanceOf(SSLHandshakeException.class)
        .hasMessageContaining("No subject alternative names");
    try (Connection unchecked = plainClient(WRONG, trusting(trust))) {
      assertThat(unchecked.isOpen()).as("what the check is there for").isTrue();
    }
  }

  private static Connection plainClient(String host, SSLContext context) throws Exception {
    ConnectionFactory factory = new ConnectionFactory();
    factory.setHost(host);
    factory.setPort(port);
    factory.useSslProtocol(context);
    return factory.newConnection();
  }
}
