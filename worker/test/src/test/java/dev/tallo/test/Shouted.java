package dev.tallo.test;

import jakarta.annotation.Priority;
import jakarta.interceptor.AroundInvoke;
import jakarta.interceptor.Interceptor;
import jakarta.interceptor.InterceptorBinding;
import jakarta.interceptor.InvocationContext;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.util.Locale;

/** Binds an interceptor that writes the result in capitals. */
@InterceptorBinding
@Retention(RetentionPolicy.RUNTIME)
@interface Shouted {

  /** See there. */
  @Shouted
  @Interceptor
  @Priority(1)
  class Shouting {
    @AroundInvoke
    Object around(InvocationContext invocation) throws Exception {
      return String.valueOf(invocation.proceed()).toUpperCase(Locale.ROOT);
    }
  }
}
