package dev.tallo.producer;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.quarkus.test.common.QuarkusTestResourceLifecycleManager;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.math.BigInteger;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.Signature;
import java.security.interfaces.RSAPublicKey;
import java.time.Instant;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.stream.Collectors;

/**
 * An identity provider with as much of OpenID Connect as a resource server asks for: discovery and
 * keys, by which the tokens that it makes can be checked.
 */
public final class IdentityProvider implements QuarkusTestResourceLifecycleManager {
  static final String AUDIENCE = "tallo";

  /** A pair of keys with its id. */
  record Signer(String id, KeyPair keys) {
    static Signer make(String id) {
      try {
        KeyPairGenerator generator = KeyPairGenerator.getInstance("RSA");
        generator.initialize(2048);
        return new Signer(id, generator.generateKeyPair());
      } catch (GeneralSecurityException e) {
        throw new AssertionError(e);
      }
    }

    private String publicKey() {
      RSAPublicKey key = (RSAPublicKey) keys.getPublic();
      return "{\"kty\":\"RSA\",\"use\":\"sig\",\"alg\":\"RS256\",\"kid\":\"%s\",\"n\":\"%s\",\"e\":\"%s\"}"
          .formatted(id, unsigned(key.getModulus()), unsigned(key.getPublicExponent()));
    }

    private static String unsigned(BigInteger number) {
      byte[] bytes = number.toByteArray();
      int from = bytes[0] == 0 ? 1 : 0;
      return base64(Arrays.copyOfRange(bytes, from, bytes.length));
    }
  }

  private static final List<Signer> PUBLISHED = new CopyOnWriteArrayList<>();
  private static HttpServer server;

  @Override
  public Map<String, String> start() {
    PUBLISHED.clear();
    PUBLISHED.add(Signer.make("first"));
    try {
      server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    server.createContext(
        "/.well-known/openid-configuration",
        exchange ->
            answer(
                exchange,
                "{\"issuer\":\"%1$s\",\"jwks_uri\":\"%1$s/keys\",\"token_endpoint\":\"%1$s/token\"}"
                    .formatted(issuer())));
    server.createContext(
        "/keys",
        exchange ->
            answer(
                exchange,
                PUBLISHED.stream()
                    .map(Signer::publicKey)
                    .collect(Collectors.joining(",", "{\"keys\":[", "]}"))));
    server.start();
    return Map.of(
        "tallo.security.oidc",
        "true",
        "quarkus.oidc.auth-server-url",
        issuer(),
        "quarkus.oidc.token.audience",
        AUDIENCE);
  }

  @Override
  public void stop() {
    server.stop(0);
  }

  private static void answer(HttpExchange exchange, String json) throws IOException {
    byte[] body = json.getBytes(StandardCharsets.UTF_8);
    exchange.getResponseHeaders().add("Content-Type", "application/json");
    exchange.sendResponseHeaders(200, body.length);
    exchange.getResponseBody().write(body);
    exchange.close();
  }

  static String issuer() {
    return "http://127.0.0.1:" + server.getAddress().getPort();
  }

  static Signer signer() {
    return PUBLISHED.getLast();
  }

  /** Signs with another pair from now on, and publishes both. */
  static void rotate() {
    PUBLISHED.add(Signer.make("next-" + PUBLISHED.size()));
  }

  /** A token that is right: ours, by a published key, valid for five minutes. */
  static String token(String owner, String... roles) {
    return sign(signer(), claims(owner, issuer(), AUDIENCE, Instant.now().plusSeconds(300), roles));
  }

  static String claims(
      String owner, String issuer, String audience, Instant expires, String... roles) {
    return "{\"iss\":\"%s\",\"sub\":\"%s\",\"aud\":\"%s\",\"iat\":%d,\"exp\":%d,\"groups\":[%s]}"
        .formatted(
            issuer,
            owner,
            audience,
            expires.minusSeconds(300).getEpochSecond(),
            expires.getEpochSecond(),
            Arrays.stream(roles).map(role -> '"' + role + '"').collect(Collectors.joining(",")));
  }

  static String sign(Signer signer, String claims) {
    String text =
        base64("{\"alg\":\"RS256\",\"typ\":\"JWT\",\"kid\":\"%s\"}".formatted(signer.id()))
            + "."
            + base64(claims);
    try {
      Signature signature = Signature.getInstance("SHA256withRSA");
      signature.initSign(signer.keys().getPrivate());
      signature.update(text.getBytes(StandardCharsets.US_ASCII));
      return text + "." + base64(signature.sign());
    } catch (GeneralSecurityException e) {
      throw new AssertionError(e);
    }
  }

  static String unsigned(String claims) {
    return base64("{\"alg\":\"none\"}") + "." + base64(claims) + ".";
  }

  private static String base64(String text) {
    return base64(text.getBytes(StandardCharsets.UTF_8));
  }

  private static String base64(byte[] bytes) {
    return Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
  }
}
