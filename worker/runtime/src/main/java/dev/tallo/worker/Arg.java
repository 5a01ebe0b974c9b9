package dev.tallo.worker;

import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/**
 * The name under which a client passes this argument, where it is not the parameter's own name:
 * {@code @Arg("customer_id") String customerId}.
 */
@Documented
@Retention(RetentionPolicy.RUNTIME)
@Target(ElementType.PARAMETER)
public @interface Arg {
  /** The argument's name; not empty, unique in the task. */
  String value();
}
