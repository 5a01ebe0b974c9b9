package dev.tallo.testbroker;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * A server's certificate that signs itself, made by the JDK's {@code keytool} for one day.
 *
 * @param certificate as PEM, for servers, and for clients that trust it
 * @param key as PEM, readable by its owner only
 * @param trustStore PKCS #12 with the certificate alone
 */
public record TestCertificate(Path certificate, Path key, Path trustStore) {
  /** Of the trust store. */
  public static final String PASSWORD = "changeit";

  private static final String ALIAS = "server";
  private static final int DEADLINE_SECONDS = 60;

  /**
   * Makes one.
   *
   * @param host the only name it is for
   * @param folder where its files go
   */
  public static TestCertificate of(String host, Path folder) {
    Path pair = folder.resolve("pair.p12");
    keytool(
        List.of(
            "-genkeypair",
            "-alias",
            ALIAS,
            "-keyalg",
            "EC",
            "-groupname",
            "secp256r1",
            "-dname",
            "CN=a test's server",
            "-ext",
            "san=dns:" + host,
            "-validity",
            "1",
            "-storetype",
            "PKCS12",
            "-storepass",
            PASSWORD,
            "-keystore",
            pair.toString()));
    try (InputStream in = Files.newInputStream(pair)) {
      KeyStore store = KeyStore.getInstance("PKCS12");
      store.load(in, PASSWORD.toCharArray());
      Path certificate = folder.resolve("server.crt");
      Files.writeString(certificate, pem("CERTIFICATE", store.getCertificate(ALIAS).getEncoded()));
      Path key =
          Files.createFile(
              folder.resolve("server.key"),
              PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
      Files.writeString(
          key, pem("PRIVATE KEY", store.getKey(ALIAS, PASSWORD.toCharArray()).getEncoded()));
      Path trustStore = folder.resolve("trust.p12");
      keytool(
          List.of(
              "-importcert",
              "-noprompt",
              "-alias",
              ALIAS,
              "-file",
              certificate.toString(),
              "-storetype",
              "PKCS12",
              "-storepass",
              PASSWORD,
              "-keystore",
              trustStore.toString()));
      return new TestCertificate(certificate, key, trustStore);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("what keytool made cannot be read: " + e.getMessage(), e);
    }
  }

  private static String pem(String type, byte[] der) {
    return "-----BEGIN %1$s-----\n%2$s\n-----END %1$s-----\n"
        .formatted(type, Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(der));
  }

  private static void keytool(List<String> arguments) {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "keytool").toString());
    command.addAll(arguments);
    try {
      Process process =
          new ProcessBuilder(command)
              .redirectErrorStream(true)
              .redirectOutput(ProcessBuilder.Redirect.DISCARD)
              .start();
      if (!process.waitFor(DEADLINE_SECONDS, TimeUnit.SECONDS) || process.exitValue() != 0) {
        process.destroyForcibly();
        throw new IllegalStateException("keytool " + arguments.getFirst() + " failed");
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted while keytool ran", e);
    }
  }
}
