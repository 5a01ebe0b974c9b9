package dev.tallo.client;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;

import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import org.junit.jupiter.api.Test;

class ArrowsTest {

  @Test
  void needs_messaging_and_no_container() {
    classes()
        .should()
        .onlyDependOnClassesThat()
        .resideInAnyPackage(
            "dev.tallo.client..",
            "dev.tallo.messaging..",
            "java..",
            "com.fasterxml.jackson..",
            "com.github.f4b6a3.uuid..",
            "com.rabbitmq.client..",
            "io.micrometer.core..",
            "io.smallrye.mutiny..",
            "org.jboss.logging..",
            "org.jspecify..")
        .check(
            new ClassFileImporter()
                .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
                .importPackages("dev.tallo.client"));
  }
}
