package dev.tallo.worker.it;

import jakarta.annotation.Priority;
import jakarta.interceptor.AroundInvoke;
import jakarta.interceptor.Interceptor;
import jakarta.interceptor.InterceptorBinding;
import jakarta.interceptor.InvocationContext;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;

/** Binds an interceptor that shows in the result that it was there. */
@InterceptorBinding
@Retention(RetentionPolicy.RUNTIME)
@interface Logged {

  /** Doubles what the method returns. */
  @Logged
  @Interceptor
  @Priority(1)
  class Doubling {
    @AroundInvoke
    Object around(InvocationContext invocation) throws Exception {
      Object text = invocation.proceed();
      return "" + text + text;
    }
  }
}
