package dev.tallo.messaging.broker;

import java.net.Socket;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.CertificateException;
import java.security.cert.X509Certificate;
import java.util.Arrays;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManagerFactory;
import javax.net.ssl.X509ExtendedTrustManager;
import org.jspecify.annotations.Nullable;

/**
 * The JVM's trust in certificates ({@code javax.net.ssl.trustStore}), with a check of the server's
 * name by RFC 2818 on every connection.
 *
 * <p>For clients that take a trust manager but leave out the name, as Vert.x' RabbitMQ client does
 * whatever its options say: it hands a bare {@link javax.net.ssl.SSLContext} to the driver.
 */
public final class HostCheckingTrust extends X509ExtendedTrustManager {
  private static final String BY_HTTPS_RULES = "HTTPS";

  private final X509ExtendedTrustManager trust;

  HostCheckingTrust(X509ExtendedTrustManager trust) {
    this.trust = trust;
  }

  /**
   * Made of what the JVM trusts.
   *
   * @throws IllegalStateException if its trust store cannot be read
   */
  public static HostCheckingTrust ofThisJvm() {
    return new HostCheckingTrust(trustIn(null));
  }

  /**
   * What trusts the certificates of a store.
   *
   * @param store none: the JVM's
   */
  static X509ExtendedTrustManager trustIn(@Nullable KeyStore store) {
    try {
      TrustManagerFactory factory =
          TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
      factory.init(store);
      return Arrays.stream(factory.getTrustManagers())
          .filter(X509ExtendedTrustManager.class::isInstance)
          .map(X509ExtendedTrustManager.class::cast)
          .findFirst()
          .orElseThrow();
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException(
          "the trust store (javax.net.ssl.trustStore) cannot be read: " + e.getMessage(), e);
    }
  }

  @Override
  public void checkServerTrusted(X509Certificate[] chain, String authType, Socket socket)
      throws CertificateException {
    if (!(socket instanceof SSLSocket tls)) {
      throw noName();
    }
    SSLParameters parameters = tls.getSSLParameters();
    parameters.setEndpointIdentificationAlgorithm(BY_HTTPS_RULES);
    tls.setSSLParameters(parameters);
    trust.checkServerTrusted(chain, authType, tls);
  }

  @Override
  public void checkServerTrusted(X509Certificate[] chain, String authType, SSLEngine engine)
      throws CertificateException {
    SSLParameters parameters = engine.getSSLParameters();
    parameters.setEndpointIdentificationAlgorithm(BY_HTTPS_RULES);
    engine.setSSLParameters(parameters);
    trust.checkServerTrusted(chain, authType, engine);
  }

  @Override
  public void checkServerTrusted(X509Certificate[] chain, String authType)
      throws CertificateException {
    throw noName();
  }

  private static CertificateException noName() {
    return new CertificateException("the server's name is not known, so it cannot be checked");
  }

  @Override
  public void checkClientTrusted(X509Certificate[] chain, String authType, Socket socket)
      throws CertificateException {
    trust.checkClientTrusted(chain, authType, socket);
  }

  @Override
  public void checkClientTrusted(X509Certificate[] chain, String authType, SSLEngine engine)
      throws CertificateException {
    trust.checkClientTrusted(chain, authType, engine);
  }

  @Override
  public void checkClientTrusted(X509Certificate[] chain, String authType)
      throws CertificateException {
    trust.checkClientTrusted(chain, authType);
  }

  @Override
  public X509Certificate[] getAcceptedIssuers() {
    return trust.getAcceptedIssuers();
  }
}
