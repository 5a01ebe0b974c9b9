package dev.tallo.security.mask;

import io.smallrye.config.ConfigMapping;
import io.smallrye.config.WithParentName;
import java.util.List;
import java.util.Map;

/** What of tasks is not shown. */
@ConfigMapping(prefix = "tallo.mask")
interface MaskConfig {
  /** Rules, by names of yours; all that fit a task hold. */
  @WithParentName
  Map<String, RuleConfig> rules();

  /** A rule. */
  interface RuleConfig {
    /** The tasks that it is about: a name, in which {@code *} stands for any characters. */
    String task();

    /**
     * What is shown as {@code ***}: an argument by its position from 0, {@code 2}, or by its name,
     * {@code card}; or a JSON pointer that begins with {@code /args}, {@code /kwargs}, {@code
     * /headers}, {@code /result} or {@code /error}: {@code /kwargs/order/iban}. A step {@code *} of
     * it stands for each element or field.
     */
    List<String> fields();
  }
}
