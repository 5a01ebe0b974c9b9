package dev.tallo.producer;

import dev.tallo.testbroker.FaultProxy;
import dev.tallo.testbroker.TestBroker;
import dev.tallo.testbroker.TestBrokerResource;
import io.quarkus.test.common.QuarkusTestResourceLifecycleManager;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.util.Map;

/** A broker that a test can put out of reach: it has the proxy in a field. */
public final class ProxiedBroker implements QuarkusTestResourceLifecycleManager {
  private FaultProxy proxy;

  @Override
  public Map<String, String> start() {
    URI vhost = TestBroker.shared().newVhost();
    try {
      proxy = new FaultProxy(vhost.getPort());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return Map.of(TestBrokerResource.ADDRESSES, proxy.inFrontOf(vhost).toString());
  }

  @Override
  public void inject(TestInjector fields) {
    fields.injectIntoFields(proxy, new TestInjector.MatchesType(FaultProxy.class));
  }

  @Override
  public void stop() {
    try {
      proxy.close();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
