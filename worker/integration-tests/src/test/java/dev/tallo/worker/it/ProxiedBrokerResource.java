package dev.tallo.worker.it;

import dev.tallo.testbroker.FaultProxy;
import dev.tallo.testbroker.TestBroker;
import dev.tallo.testbroker.TestBrokerResource;
import io.quarkus.test.common.QuarkusTestResourceLifecycleManager;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import java.net.URI;
import java.util.Map;
import java.util.Optional;

/** Has the worker reach its broker through a proxy that tests break; they reach it directly. */
public class ProxiedBrokerResource implements QuarkusTestResourceLifecycleManager {
  static final String DIRECT = "test.broker.direct";

  /** Marks the field of a test that gets the proxy. */
  @Target(ElementType.FIELD)
  @Retention(RetentionPolicy.RUNTIME)
  @interface Proxy {}

  private Optional<FaultProxy> proxy = Optional.empty();

  @Override
  public Map<String, String> start() {
    try {
      FaultProxy between = new FaultProxy(TestBroker.shared().port());
      proxy = Optional.of(between);
      URI vhost = TestBroker.shared().newVhost();
      return Map.of(
          TestBrokerResource.ADDRESSES,
          between.inFrontOf(vhost).toString(),
          DIRECT,
          vhost.toString());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public void inject(TestInjector injector) {
    injector.injectIntoFields(
        proxy.orElseThrow(),
        new TestInjector.AnnotatedAndMatchesType(Proxy.class, FaultProxy.class));
  }

  @Override
  public void stop() {
    proxy.ifPresent(
        between -> {
          try {
            between.close();
          } catch (IOException e) {
            throw new UncheckedIOException(e);
          }
        });
  }
}
