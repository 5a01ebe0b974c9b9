package dev.tallo.producer;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.library.dependencies.SlicesRuleDefinition;
import org.junit.jupiter.api.Test;

/** Who may know whom. */
class ArrowsTest {
  private static final JavaClasses CLASSES =
      new ClassFileImporter()
          .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
          .importPackages("dev.tallo.producer");

  @Test
  void knows_no_code_of_another_service() {
    classes()
        .that()
        .resideInAPackage("dev.tallo.producer..")
        .should()
        .onlyDependOnClassesThat(
            DescribedPredicate.describe(
                "belong to this module, to messaging, problems, security, store or to a library",
                type ->
                    !type.getPackageName().startsWith("dev.tallo.")
                        || type.getPackageName().startsWith("dev.tallo.producer")
                        || type.getPackageName().startsWith("dev.tallo.messaging")
                        || type.getPackageName().startsWith("dev.tallo.problem")
                        || type.getPackageName().startsWith("dev.tallo.security")
                        || type.getPackageName().startsWith("dev.tallo.store")))
        .check(CLASSES);
  }

  @Test
  void its_packages_have_no_cycles() {
    SlicesRuleDefinition.slices()
        .matching("dev.tallo.producer.(*)..")
        .should()
        .beFreeOfCycles()
        .check(CLASSES);
  }

  /** So that it can become a service of its own. */
  @Test
  void the_history_knows_neither_http_nor_the_broker_nor_who_uses_it() {
    noClasses()
        .that()
        .resideInAPackage("dev.tallo.producer.history..")
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage(
            "jakarta.ws.rs..",
            "io.vertx..",
            "dev.tallo.messaging.broker..",
            "dev.tallo.producer.api..",
            "dev.tallo.producer.batch..",
            "dev.tallo.producer.submit..",
            "dev.tallo.producer.results..",
            "dev.tallo.producer.events..")
        .check(CLASSES);
  }
}
