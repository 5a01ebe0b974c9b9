package dev.tallo.messaging;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.lang.syntax.ArchRuleDefinition;
import org.junit.jupiter.api.Test;

/** Who may know whom. */
class ArrowsTest {

  private static final JavaClasses CLASSES =
      new ClassFileImporter()
          .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
          .importPackages("dev.tallo.messaging");

  @Test
  void protocol_knows_jackson_and_the_clients_message_types_and_nothing_else() {
    ArchRuleDefinition.classes()
        .that()
        .resideInAPackage("dev.tallo.messaging.protocol..")
        .should()
        .onlyDependOnClassesThat()
        .resideInAnyPackage(
            "dev.tallo.messaging.protocol..",
            "java..",
            "com.fasterxml.jackson..",
            "com.rabbitmq.client",
            "org.jspecify.annotations")
        .check(CLASSES);
  }

  @Test
  void the_broker_knows_nothing_of_what_is_built_on_it() {
    noClasses()
        .that()
        .resideInAPackage("dev.tallo.messaging.broker..")
        .should()
        .dependOnClassesThat()
        .resideInAPackage("dev.tallo.messaging.control..")
        .check(CLASSES);
  }

  @Test
  void broker_and_control_know_no_framework() {
    noClasses()
        .that()
        .resideInAnyPackage("dev.tallo.messaging.broker..", "dev.tallo.messaging.control..")
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage("io.quarkus..", "jakarta..", "org.eclipse.microprofile..", "io.vertx..")
        .check(CLASSES);
  }

  @Test
  void spans_know_the_protocol_and_nothing_else_of_tallo() {
    ArchRuleDefinition.classes()
        .that()
        .resideInAPackage("dev.tallo.messaging.trace..")
        .should()
        .onlyDependOnClassesThat()
        .resideInAnyPackage(
            "dev.tallo.messaging.trace..",
            "dev.tallo.messaging.protocol..",
            "java..",
            "io.opentelemetry..",
            "org.jspecify.annotations")
        .check(CLASSES);
  }

  @Test
  void the_contract_of_webhooks_stands_alone() {
    ArchRuleDefinition.classes()
        .that()
        .resideInAPackage("dev.tallo.messaging.webhook..")
        .should()
        .onlyDependOnClassesThat()
        .resideInAnyPackage("dev.tallo.messaging.webhook..", "java..", "org.jspecify.annotations")
        .check(CLASSES);
  }
}
