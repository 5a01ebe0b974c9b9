package dev.tallo.worker.it;

import dev.tallo.worker.TaskContext;
import jakarta.annotation.Priority;
import jakarta.interceptor.AroundInvoke;
import jakarta.interceptor.Interceptor;
import jakarta.interceptor.InterceptorBinding;
import jakarta.interceptor.InvocationContext;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/** Binds interceptors that know of the task's run: one measures it, one may forbid it. */
@InterceptorBinding
@Retention(RetentionPolicy.RUNTIME)
@interface Guarded {

  /** Keeps how long each task took, by its id. */
  @Guarded
  @Interceptor
  @Priority(1)
  class Stopwatch {
    static final Map<String, Duration> MEASURED = new ConcurrentHashMap<>();

    private final TaskContext context;

    Stopwatch(TaskContext context) {
      this.context = context;
    }

    @AroundInvoke
    Object around(InvocationContext invocation) throws Exception {
      long start = System.nanoTime();
      try {
        return invocation.proceed();
      } finally {
        MEASURED.put(context.id(), Duration.ofNanos(System.nanoTime() - start));
      }
    }
  }

  /** Lets tasks of the tenant {@code acme} pass, on their first attempt, and no others. */
  @Guarded
  @Interceptor
  @Priority(2)
  class Gatekeeper {
    private final TaskContext context;

    Gatekeeper(TaskContext context) {
      this.context = context;
    }

    @AroundInvoke
    Object around(InvocationContext invocation) throws Exception {
      if (!"acme".equals(context.headers().get("tenant")) || context.attempt() > 1) {
        throw new SecurityException(
            "%s, attempt %d of %s, is not for everyone"
                .formatted(context.name(), context.attempt(), context.id()));
      }
      return invocation.proceed();
    }
  }
}
